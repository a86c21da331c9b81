//go:build !linux

package metrics

import "runtime/metrics"

// Resident is the memory that this process has in the computer, in bytes, as the Go runtime knows it: without what the
// system keeps of the program's own file.
func Resident() int64 {
	taken := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(taken)
	if taken[0].Value.Kind() != metrics.KindUint64 || taken[1].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return int64(taken[0].Value.Uint64() - taken[1].Value.Uint64()) //nolint:gosec // no computer has 2^63 bytes
}
