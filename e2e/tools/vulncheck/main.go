// Command vulncheck looks for known vulnerabilities in what kAI is made of (govulncheck, pinned in e2e/tools/vuln): in
// code that is called, natively and as built for the browser. One that is known fails.
//
// The database is asked for over the network: https://vuln.go.dev, or what GOVULNDB names (file:///… works offline, also a
// folder of OSV files). Where the public one can't be reached nothing was checked; that is said, and is no failure, since a
// build without a network is not at fault. One that was named and can't be reached is a failure: it may be mistyped, and then
// nothing would ever be checked. It may import the standard library only.
package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

const (
	publicDatabase = "https://vuln.go.dev"
	within         = 20 * time.Second // that the database has to answer
)

// database is where known vulnerabilities are asked for.
type database struct {
	address string
	named   bool // by a person, so that it has to be there
}

// build is a system that kAI is built for, and its packages there.
type build struct {
	env      []string
	packages []string
}

func builds() []build {
	return []build{
		{nil, []string{"./..."}},
		{[]string{"GOOS=js", "GOARCH=wasm"}, []string{"./shared/...", "./wasm/..."}},
	}
}

func main() {
	named := os.Getenv("GOVULNDB")
	if err := run(context.Background(), os.Stdout, database{cmp.Or(named, publicDatabase), named != ""}, builds()); err != nil {
		fmt.Fprintln(os.Stderr, "vulncheck:", err)
		os.Exit(1)
	}
}

// run checks each build. It gives an error for a known vulnerability, and when the check failed for a reason of its own.
func run(ctx context.Context, out io.Writer, db database, builds []build) error {
	if err := reach(ctx, db.address); err != nil {
		if db.named {
			return fmt.Errorf("the database that GOVULNDB names can't be reached: %w", err)
		}
		fmt.Fprintf(out, "not checked: the database of known vulnerabilities can't be reached (%v); set GOVULNDB to one that can\n", err)
		return nil
	}
	program, err := govulncheck(ctx)
	if err != nil {
		return err
	}
	for _, b := range builds {
		cmd := exec.CommandContext(ctx, program, append([]string{"-db", db.address}, b.packages...)...)
		cmd.Env = append(os.Environ(), b.env...)
		var said, problem bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &problem
		err := cmd.Run()
		fmt.Fprintf(out, "%s: %s", strings.Join(append(b.env, b.packages...), " "), said.String())
		if err != nil {
			return fmt.Errorf("%s%w", problem.String(), err)
		}
	}
	return nil
}

// govulncheck is the path of the pinned program, built where it is not yet.
func govulncheck(ctx context.Context) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("asking where the module is: %w", err)
	}
	modules := strings.TrimSuffix(strings.TrimSpace(string(root)), "go.mod") + "e2e/tools/vuln/go.mod"
	cmd := exec.CommandContext(ctx, "go", "tool", "-modfile="+modules, "-n", "govulncheck")
	var problem bytes.Buffer
	cmd.Stderr = &problem
	path, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("building govulncheck: %s%w", problem.String(), err)
	}
	return strings.TrimSpace(string(path)), nil
}

// reach says why there is no database where one is named; nil for one on this computer's disk, which govulncheck judges.
func reach(ctx context.Context, database string) error {
	if !strings.HasPrefix(database, "http") {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, database+"/index/db.json.gz", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // only its status is read
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", request.URL, response.Status)
	}
	return nil
}
