package metrics

import (
	"fmt"
	"os"
)

// Resident is the memory that this process has in the computer, in bytes; 0 when the system does not say.
func Resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	var size, pages int64
	if err != nil {
		return 0
	}
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
