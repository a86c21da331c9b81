// Package native tests the extension with the real companion behind it, over the browsers' real native ports.
package native
