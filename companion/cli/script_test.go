package cli_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/cli"
)

// asKai makes the test's own program be kai: the real process, arguments, signals and exit codes, without a second build.
// With asKaiToo, the programs that it starts are kai as well.
const (
	asKai    = "KAI_IN_TEST"
	asKaiToo = "KAI_IN_TEST_TOO"
)

func TestMain(m *testing.M) {
	if os.Getenv(asKai) != "" {
		if os.Getenv(asKaiToo) == "" {
			_ = os.Unsetenv(asKai)
		}
		os.Exit(cli.Main(cli.Here("1.2.3"), os.Args[1:]))
	}
	os.Exit(m.Run())
}

// kai prepares a command with a home and a data directory of its own.
func kai(t *testing.T, home string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...) //nolint:gosec // this test itself
	cmd.Env = []string{asKai + "=1", "HOME=" + home, "PATH=" + os.Getenv("PATH"), "KAI_DATA=" + filepath.Join(home, "data"),
		"SystemRoot=" + os.Getenv("SystemRoot"), "LOCALAPPDATA=" + home, "USERPROFILE=" + home}
	cmd.Dir = home
	return cmd
}

// outcome runs a command to its end.
func outcome(t *testing.T, cmd *exec.Cmd) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// rewrite makes the scripts and goldens from what kai does now. Read the difference before you keep it.
var rewrite = flag.Bool("rewrite", false, "rewrite testdata from what kai does") //nolint:gochecknoglobals // a test flag

// TestScripts runs testdata/*.script. A script is files ("== name", then their text) and commands ("$ kai ..."), each
// followed by what it prints and, when that is not 0, "exit N". What kai writes to standard error stands after "! ".
func TestScripts(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths are written with slashes")
	}
	scripts, err := filepath.Glob("testdata/*.script")
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	for _, path := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".script"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			got := perform(t, string(text))
			if *rewrite {
				require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
			}
			assert.Equal(t, string(text), got)
		})
	}
}

// perform runs a script and gives it back with what really happened.
func perform(t *testing.T, script string) string {
	t.Helper()
	home := t.TempDir()
	var out strings.Builder
	for _, block := range regexp.MustCompile(`(?m)^(?:\$ |== |# )`).Split(script, -1)[1:] {
		at := strings.Index(script, block)
		kind := script[at-2 : at]
		head, body, _ := strings.Cut(block, "\n")
		switch strings.TrimSpace(kind) {
		case "#":
			out.WriteString("# " + block)
		case "=":
			require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(home, head)), 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(home, head), []byte(strings.TrimSuffix(body, "\n")), 0o700)) //nolint:gosec // some are programs
			out.WriteString("== " + block)
		case "$":
			out.WriteString("$ " + head + "\n" + command(t, home, head) + "\n")
		}
		script = script[at+len(block):]
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// command runs one line: NAME=VALUE words set the environment, "< FILE" at the end gives standard input.
func command(t *testing.T, home, line string) string {
	t.Helper()
	words := strings.Fields(line)
	var env []string
	for strings.Contains(words[0], "=") {
		env, words = append(env, words[0]), words[1:]
	}
	require.Equal(t, "kai", words[0])
	var input []byte
	if at := slices.Index(words, "<"); at > 0 {
		text, err := os.ReadFile(filepath.Join(home, words[at+1]))
		require.NoError(t, err)
		input, words = text, words[:at]
	}
	cmd := kai(t, home, words[1:]...)
	cmd.Stdin = bytes.NewReader(input)
	cmd.Env = append(cmd.Env, env...)
	code, stdout, stderr := outcome(t, cmd)
	text := stdout
	for line := range strings.Lines(stderr) {
		text += "! " + line
	}
	if code != 0 {
		text += "exit " + strconv.Itoa(code) + "\n"
	}
	text = strings.ReplaceAll(text, home, "HOME")
	text = strings.ReplaceAll(text, os.Args[0], "KAI")
	text = regexp.MustCompile(time.Now().UTC().Format("2006-01-02")+`T[0-9:]{8}Z`).ReplaceAllString(text, "NOW")
	text = strings.ReplaceAll(text, time.Now().UTC().Format("2006-01-02"), "TODAY")
	return strings.ReplaceAll(text, runtime.Version()+", "+runtime.GOOS+"/"+runtime.GOARCH, "GO")
}
