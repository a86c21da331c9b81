package assistant

import "github.com/kindos/kai/shared/record"

// MaxNewsBody is the largest body, in bytes, that rides along in news.
const MaxNewsBody = 16 << 10

// Change is a record that changed: its newest state, without the body when that is over MaxNewsBody. The body is the one
// that views know (see Bodies): a service's is a ServiceView, because keys never leave.
type Change struct {
	record.Record
}

// Bodies gives the type of a Change's body by the kind of record.
func Bodies() map[record.Kind]any {
	return map[record.Kind]any{
		record.KindConversation: Conversation{},
		record.KindMessage:      Message{},
		record.KindRun:          RunRecord{},
		record.KindService:      ServiceView{},
		record.KindSetting:      Settings{},
	}
}
