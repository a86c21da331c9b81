package store_test

import (
	"strings"
	"testing"

	"github.com/kindos/kai/shared/store"
)

// BenchmarkFold folds prose; what it costs is paid with every message that is stored.
func BenchmarkFold(b *testing.B) {
	for name, text := range map[string]string{
		"words":  strings.Repeat("word4211 word4233 ", 60),
		"prose":  strings.Repeat("The otter sleeps, and Anna writes a letter (in 1871) to Mr. Brown. ", 15),
		"german": strings.Repeat("Über den Dächern schläft die Straße, und Jürgen hört Möwen. ", 16),
		"code":   strings.Repeat("if (x1 >= 0) { return fooBar(x1, 'abc'); }\n", 23),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				store.Fold(text)
			}
		})
	}
}
