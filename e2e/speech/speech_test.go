package speech_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/speech"
)

// What the one says, the other writes down: without a browser between them nothing is lost.
func TestWhisperHearsWhatPiperSays(t *testing.T) {
	whisper, piper := speech.StartWhisper(t), speech.StartPiper(t)
	const question = "What is the weather like in London this afternoon?"
	require.Equal(t, " "+question, whisper.Hears(piper.Says(question)))
}
