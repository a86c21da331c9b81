//go:build !windows

package host

// systemRegistry is nothing where there is no registry.
func systemRegistry() Registry { return nil }
