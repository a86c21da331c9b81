package update

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// testTime is what a program may take to test itself, on a slow computer.
const testTime = 2 * time.Minute

// Tested is what kai version --self-test --json prints, among other things.
type Tested struct {
	Version  string `json:"version"`
	SelfTest string `json:"selfTest"`
}

// Passed is what it says of itself when it works.
const Passed = "passed"

// selfTest runs a program's test of itself. One that fails, or says that it is another version, is fault.Malformed.
func selfTest(ctx context.Context, path, version string) error {
	is, err := versionOf(ctx, path)
	if err == nil && is != version {
		err = failed(path, fmt.Errorf("it says that it is %q and not %q", is, version))
	}
	return err
}

// versionOf runs a program's test of itself and gives its version.
func versionOf(ctx context.Context, path string) (string, error) {
	bounded, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	cmd := exec.CommandContext(bounded, path, "version", "--self-test", "--json") //nolint:gosec // it carries our signature
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	var said Tested
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, syscall.ETXTBSY): // another process was begun while the file was written
		return "", fault.Wrap(fault.Unavailable, err, "the new program can't be started yet").WithRemedy("try again")
	case err != nil:
		return "", failed(path, err)
	case json.Unmarshal(out, &said) != nil || said.SelfTest != Passed:
		return "", failed(path, errors.New("it does not say that it passed"))
	}
	return said.Version, nil
}

func failed(path string, err error) error {
	return fault.New(fault.Malformed, "the program %s failed its test of itself (%w); it is not used", path, err).
		WithRemedy("the old kai stays; wait for the next release")
}
