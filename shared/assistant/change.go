package assistant

import "github.com/kindos/kai/shared/record"

// MaxNewsBody is the largest body, in bytes, that rides along in news.
const MaxNewsBody = 16 << 10

// Change is a record that changed: its newest state, without the body when that is over MaxNewsBody.
type Change struct {
	record.Record
}
