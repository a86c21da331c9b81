package cli_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
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

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/cli"
	"github.com/kindos/kai/companion/pdf"
)

// asKai makes the test's own program be kai: the real process, arguments, signals and exit codes, without a second build.
// With asKaiToo, the programs that it starts are kai as well.
const (
	asKai    = "KAI_IN_TEST"
	asKaiToo = "KAI_IN_TEST_TOO"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == pdf.Command { // a kai started it, which hands on nothing of its environment
		os.Exit(cli.Main(cli.Here("1.2.3"), os.Args[1:]))
	}
	if os.Getenv(asKai) != "" {
		if os.Getenv(asKaiToo) == "" {
			_ = os.Unsetenv(asKai)
		}
		os.Exit(cli.Main(cli.Here("1.2.3"), os.Args[1:]))
	}
	os.Exit(m.Run())
}

// patience bounds a command; kai tool build has Go compile its own library once more.
const patience = 3 * time.Minute

// kai prepares a command with a home and a data directory of its own.
func kai(t *testing.T, home string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return kaiProcess(ctx, home, args...)
}

func kaiProcess(ctx context.Context, home string, args ...string) *exec.Cmd {
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

// update makes the scripts and goldens from what kai does now. Read the difference before you keep it.
var update = flag.Bool("update", false, "update testdata from what kai does") //nolint:gochecknoglobals // a test flag

// TestScripts runs testdata/script/*.txtar by testscript. Beside its own commands there are kai, which is the real program, and
// code, which demands the exit code of a kai that failed.
func TestScripts(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths are written with slashes")
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"), UpdateScripts: *update, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Values[exitCode{}] = new(int)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"kai": runKai, "code": demandCode},
	})
}

// exitCode names the code of the kai that ran last.
type exitCode struct{}

func demandCode(ts *testscript.TestScript, _ bool, args []string) {
	if got, ok := ts.Value(exitCode{}).(*int); !ok || len(args) != 1 || strconv.Itoa(*got) != args[0] {
		ts.Fatalf("kai exited with %d, not with %v", *got, args)
	}
}

// runKai runs the program in the script's folder, which is its home. NAME=VALUE words set its environment, "< FILE" at the end
// gives it input. What differs from one run to the next is written as words: HOME, KAI, NOW, TODAY, GO.
func runKai(ts *testscript.TestScript, neg bool, args []string) {
	var env []string
	for len(args) > 0 && regexp.MustCompile(`^[A-Z_]+=`).MatchString(args[0]) {
		env, args = append(env, args[0]), args[1:]
	}
	var input string
	if at := slices.Index(args, "<"); at >= 0 {
		input, args = ts.ReadFile(args[at+1]), args[:at]
	}
	home := ts.Getenv("WORK")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := kaiProcess(ctx, home, args...)
	cmd.Stdin, cmd.Env = strings.NewReader(input), append(cmd.Env, env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		ts.Check(err)
	}
	code := cmd.ProcessState.ExitCode()
	*ts.Value(exitCode{}).(*int) = code
	_, _ = io.WriteString(ts.Stdout(), plain(out.String(), home))
	_, _ = io.WriteString(ts.Stderr(), plain(errs.String(), home))
	if (code != 0) != neg {
		ts.Fatalf("kai exited with %d: %s", code, errs.String())
	}
}

// plain takes out of a text what differs from one run to the next, and ends its last line, as every file of a script ends.
func plain(text, home string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	text = strings.ReplaceAll(text, home, "HOME")
	text = strings.ReplaceAll(text, os.Args[0], "KAI")
	text = regexp.MustCompile(time.Now().UTC().Format("2006-01-02")+`T[0-9:]{8}Z`).ReplaceAllString(text, "NOW")
	text = strings.ReplaceAll(text, time.Now().UTC().Format("2006-01-02"), "TODAY")
	return strings.ReplaceAll(text, runtime.Version()+", "+runtime.GOOS+"/"+runtime.GOARCH, "GO")
}
