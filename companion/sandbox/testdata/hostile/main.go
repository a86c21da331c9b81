// Command hostile is a guest for tests: it does what its arguments say, however bad.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"time"
)

func main() {
	text, _ := io.ReadAll(os.Stdin)
	var in struct{ Do string }
	if err := json.Unmarshal(text, &in); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	switch in.Do {
	case "echo":
		fmt.Println(string(text))
	case "loop":
		for i := 0; ; i++ {
			if i < 0 {
				fmt.Println(i)
			}
		}
	case "sleep":
		time.Sleep(time.Hour)
	case "memory":
		var all [][]byte
		for i := 0; ; i++ {
			all = append(all, make([]byte, 1<<20))
			all[i][0] = 1
		}
	case "panic":
		panic("on purpose")
	case "fail":
		fmt.Fprintln(os.Stderr, "no such\nplace")
		os.Exit(3)
	case "flood":
		for range 1 << 10 {
			fmt.Println(strings.Repeat("x", 1<<10))
		}
	case "read":
		_, err := os.ReadFile("/etc/passwd")
		fmt.Println(err)
	case "write":
		fmt.Println(os.WriteFile("/tmp/x", []byte("x"), 0o600))
	case "dial":
		_, err := net.DialTimeout("tcp", "127.0.0.1:80", time.Second)
		fmt.Println(err)
	case "environment":
		fmt.Println(len(os.Environ()), os.Args)
	case "chance":
		fmt.Println(rand.Uint64(), time.Now().UTC().Format(time.RFC3339))
	}
}
