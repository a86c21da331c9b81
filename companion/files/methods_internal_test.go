package files

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kindos/kai/shared/fault"
)

func TestAFileThatIsTooLargeForTheCommandIsRefused(t *testing.T) {
	text, err := io.ReadAll(&bounded{strings.NewReader("1234"), 4})
	assert.NoError(t, err)
	assert.Equal(t, "1234", string(text))
	_, err = io.ReadAll(&bounded{strings.NewReader("12345"), 4})
	assert.Equal(t, fault.Exhausted, fault.CodeOf(err))
}
