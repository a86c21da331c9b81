package fault_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
)

func Example() {
	ask := func() error {
		return fault.Wrap(fault.Unavailable, io.ErrUnexpectedEOF, "Ollama does not answer").WithRemedy("start it with: ollama serve")
	}
	err := fmt.Errorf("listing models: %w", ask())

	fmt.Println(fault.CodeOf(err))         // for programs
	fmt.Println(fault.Public(err).Message) // for people
	fmt.Println(fault.Public(err).Remedy)  // what they can do
	fmt.Println(err)                       // for the log
	fmt.Println(errors.Is(err, io.ErrUnexpectedEOF))
	// Output:
	// unavailable
	// Ollama does not answer
	// start it with: ollama serve
	// listing models: unavailable: Ollama does not answer: unexpected EOF
	// true
}

func TestCodeOfFindsTheNearestCode(t *testing.T) {
	inner := fault.New(fault.NotFound, "no model")
	for name, c := range map[string]struct {
		err  error
		want fault.Code
	}{
		"nil":                  {nil, ""},
		"plain":                {io.EOF, fault.Internal},
		"fault":                {inner, fault.NotFound},
		"wrapped":              {fmt.Errorf("while asking: %w", inner), fault.NotFound},
		"the outer one counts": {fault.Wrap(fault.Unavailable, inner, "asking"), fault.Unavailable},
		"joined":               {errors.Join(io.EOF, inner), fault.NotFound},
		"canceled":             {fmt.Errorf("x: %w", context.Canceled), fault.Canceled},
		"deadline":             {context.DeadlineExceeded, fault.Timeout},
	} {
		assert.Equal(t, c.want, fault.CodeOf(c.err), name)
	}
}

func TestPublicKeepsTheCauseInside(t *testing.T) {
	secret := errors.New("password=hunter2")
	for name, err := range map[string]error{
		"wrapped fault": fmt.Errorf("%w", fault.Wrap(fault.Unavailable, secret, "signing in")),
		"plain error":   fmt.Errorf("signing in: %w", secret),
		"canceled":      fmt.Errorf("%w: %w", secret, context.Canceled),
		"timeout":       fmt.Errorf("%w: %w", secret, context.DeadlineExceeded),
	} {
		public := fault.Public(err)
		text, marshalErr := json.Marshal(public)
		require.NoError(t, marshalErr)
		assert.NotContains(t, string(text), "hunter2", name)
		assert.NotContains(t, public.Error(), "hunter2", name)
		assert.NoError(t, public.Unwrap(), name)
		assert.NotEmpty(t, public.Message, name)
	}
	assert.Nil(t, fault.Public(nil))
}

func TestPublicDoesNotChangeTheFaultItWasMadeFrom(t *testing.T) {
	err := fault.Wrap(fault.Internal, io.EOF, "reading")
	_ = fault.Public(err)
	assert.ErrorIs(t, err, io.EOF)
}

func TestWithMakesCopies(t *testing.T) {
	plain := fault.New(fault.Invalid, "a port is 1 to 65535, not %d", 0)
	full := plain.WithField("networking.port").WithRemedy("write %d", 8080)
	assert.Empty(t, plain.Field+plain.Remedy)
	assert.Equal(t, "networking.port", full.Field)
	assert.Equal(t, "write 8080", full.Remedy)
	assert.Equal(t, "invalid: networking.port: a port is 1 to 65535, not 0", full.Error())
}

func TestNewKeepsAWrappedCause(t *testing.T) {
	err := fault.New(fault.Malformed, "frame 3: %w", io.ErrUnexpectedEOF)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestIsComparesCodes(t *testing.T) {
	err := fmt.Errorf("x: %w", fault.New(fault.NotFound, "no conversation"))
	assert.ErrorIs(t, err, &fault.Fault{Code: fault.NotFound})
	assert.NotErrorIs(t, err, &fault.Fault{Code: fault.Conflict})
	assert.NotErrorIs(t, err, io.EOF)
}

func TestTheWireFormIsStable(t *testing.T) {
	text, err := json.Marshal(fault.New(fault.Invalid, "no").WithField("a.b").WithRemedy("write c"))
	require.NoError(t, err)
	assert.JSONEq(t, `{"code":"invalid","message":"no","field":"a.b","remedy":"write c"}`, string(text))
	var back fault.Fault
	require.NoError(t, json.Unmarshal(text, &back))
	assert.Equal(t, fault.Invalid, fault.CodeOf(&back))
}
