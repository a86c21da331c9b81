// Package postgrestest runs a PostgreSQL server of a test's own: a fresh cluster in a temporary folder, reached by a socket
// there, started from the programs that the Debian package postgresql installs. Imports the standard library only.
package postgrestest

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Cluster is a server with its data. Its superuser is postgres; nobody needs a password.
type Cluster struct {
	dir      string // holds the data and the socket
	programs string
	options  []string
	server   *exec.Cmd
	ended    chan error
}

// Start makes a cluster and starts its server. Options are those of the postgres program ("-c", "fsync=off").
func Start(ctx context.Context, options ...string) (*Cluster, error) {
	programs, err := find()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "kai-postgres")
	if err != nil {
		return nil, fmt.Errorf("make a folder for PostgreSQL: %w", err)
	}
	c := &Cluster{dir: dir, programs: programs, options: options}
	if err := c.create(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := c.Restart(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, nil
}

// find gives the folder of the newest server programs, which Debian keeps out of PATH.
func find() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		path, err = filepath.EvalSymlinks(path) // where the others are
		return filepath.Dir(path), err
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("PostgreSQL is not installed: make deps")
	}
	newest := slices.MaxFunc(found, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) // 9 before 15
	})
	return filepath.Dir(newest), nil
}

func (c *Cluster) create(ctx context.Context) error {
	if err := give(c.dir); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(c.programs, "initdb"), "-D", c.data(), //nolint:gosec // a program found above
		"-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "--no-sync")
	cmd.Dir, cmd.SysProcAttr = c.dir, process()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make a PostgreSQL cluster: %w\n%s", err, out)
	}
	return nil
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// errStill is what a server says when processes of the killed one before it have not ended yet.
var errStill = errors.New("processes of the server before are still there")

// Restart starts the server again, after Stop or Kill.
func (c *Cluster) Restart(ctx context.Context) error {
	for {
		err := c.start(ctx)
		if !errors.Is(err, errStill) || ctx.Err() != nil {
			return err
		}
	}
}

func (c *Cluster) start(ctx context.Context) error {
	args := append([]string{
		"-D", c.data(), "-c", "listen_addresses=", "-c", "unix_socket_directories=" + c.dir,
		"-c", "log_min_messages=warning", "-c", "log_checkpoints=off",
	}, c.options...)
	c.server = exec.Command(filepath.Join(c.programs, "postgres"), args...) //nolint:gosec // a program found above
	c.server.Dir, c.server.SysProcAttr = c.dir, process()
	c.server.Env = append(os.Environ(), "LC_ALL=C")
	log, err := c.server.StderrPipe()
	if err != nil {
		return fmt.Errorf("read PostgreSQL's log: %w", err)
	}
	if err := c.server.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	ready := make(chan error, 1)
	c.ended = make(chan error, 1)
	go c.watch(log, ready)
	select {
	case err := <-ready:
		return err
	case <-ctx.Done():
		return errors.Join(ctx.Err(), c.Stop())
	}
}

// watch reads the server's log to its end, says when it takes connections or why it ended before, and waits for its end.
func (c *Cluster) watch(log io.Reader, ready chan<- error) {
	said, up := "", false
	for lines := bufio.NewScanner(log); lines.Scan(); {
		switch line := lines.Text(); {
		case up:
		case strings.Contains(line, "ready to accept connections"):
			up = true
			ready <- nil
		default:
			said += line + "\n"
		}
	}
	err := c.server.Wait()
	switch {
	case up:
	case strings.Contains(said, "still in use") || strings.Contains(said, "already exists"):
		ready <- errStill
	default:
		ready <- fmt.Errorf("PostgreSQL does not start: %w\n%s", err, said)
	}
	c.ended <- err
}

// Stop ends the server as an operator would, cutting its connections, and waits for its end.
func (c *Cluster) Stop() error {
	if err := c.server.Process.Signal(os.Interrupt); err != nil {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	return <-c.ended
}

// Kill ends the server and each of its processes as kill -9 does.
func (c *Cluster) Kill() error {
	err := killAll(c.server.Process)
	if ended := <-c.ended; ended == nil {
		return errors.New("PostgreSQL had ended by itself")
	}
	return err
}

// Close stops the server and removes the data.
func (c *Cluster) Close() error {
	return errors.Join(c.Stop(), os.RemoveAll(c.dir))
}

// Dump writes the SQL that makes a schema of a database with its rows anew, owned by whoever runs it.
func (c *Cluster) Dump(ctx context.Context, database, schema string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(c.programs, "pg_dump"), "--dbname", c.URL("postgres", database), "--schema", schema, //nolint:gosec // a program found above
		"--inserts", "--no-owner", "--no-privileges")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("dump %s: %w", database, err)
	}
	lines := slices.DeleteFunc(strings.SplitAfter(string(out), "\n"), func(line string) bool {
		return strings.HasPrefix(line, `\`) || strings.HasPrefix(line, "--") // for psql, and versions of programs
	})
	return []byte(strings.Join(lines, "")), nil
}

// URL is the address of a database for a role.
func (c *Cluster) URL(role, database string) string {
	return "postgres://" + role + "@/" + database + "?host=" + url.QueryEscape(c.dir)
}
