// Package mcpservers lets models call the tools of servers of the Model Context Protocol that the person named: programs of
// this computer (standard input and output), or addresses (streamable HTTP).
//
// A server is a program that runs as the person, or an address that is told what a model writes: the list is changed on this
// computer alone, by kai mcp, and never by a view, a program of the API, or another kai. Imports companion/datadir, the
// protocol's own SDK and shared/{config,fault,tool}.
package mcpservers

import (
	"net/url"
	"slices"
	"strings"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/fault"
)

// bookFile is where the servers are kept in the data directory.
const bookFile = "mcp-servers.json"

// Bounds of the list. The name goes before those of the server's tools, which have 64 bytes in all.
const (
	maxServers = 32
	maxName    = 20
)

// Server is an MCP server: either a Command with its Args and Env, or a URL with its Headers. Values of Env and Headers may
// be vault:ID.
type Server struct {
	Name    string            `json:"name"`
	Command string            `json:"command,omitempty"`
	Args    []string          `json:"args,omitempty"`
	Env     map[string]string `json:"env,omitempty"`
	URL     string            `json:"url,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
}

// At is what is started or called, for people. Values that may be secret are not in it.
func (s Server) At() string {
	if s.URL != "" {
		return s.URL
	}
	return strings.Join(append([]string{s.Command}, s.Args...), " ")
}

// Book is the list of servers in a data directory.
type Book struct{ list datadir.List[Server] }

// BookIn gives the list of a data directory.
func BookIn(dir datadir.Dir) Book {
	return Book{datadir.List[Server]{Dir: dir, File: bookFile, Lost: func(err error) error {
		return fault.Wrap(fault.Malformed, err, "the list of MCP servers ("+dir.File(bookFile)+") cannot be read").
			WithRemedy("correct it, or move it away and add the servers again")
	}}}
}

// All gives the servers in the order of their names.
func (b Book) All() ([]Server, error) { return b.list.Read() }

// Add puts a server into the list. One of that name is fault.Conflict.
func (b Book) Add(s Server) error {
	if err := s.check(); err != nil {
		return err
	}
	return b.list.Change(func(all []Server) ([]Server, error) {
		switch {
		case slices.ContainsFunc(all, s.named):
			return nil, fault.New(fault.Conflict, "there is an MCP server called %s already", s.Name).WithField("name").
				WithRemedy("choose another name, or remove that one first: kai mcp remove %s", s.Name)
		case len(all) >= maxServers:
			return nil, fault.New(fault.Exhausted, "there are %d MCP servers, and no more are taken", maxServers).WithRemedy("remove one first")
		}
		all = append(all, s)
		slices.SortFunc(all, func(a, b Server) int { return strings.Compare(a.Name, b.Name) })
		return all, nil
	})
}

// Remove takes a server out of the list.
func (b Book) Remove(name string) error {
	return b.list.Change(func(all []Server) ([]Server, error) {
		left := slices.DeleteFunc(slices.Clone(all), Server{Name: name}.named)
		if len(left) == len(all) {
			return nil, fault.New(fault.NotFound, "there is no MCP server called %.40q", name).WithField("name").WithRemedy("kai mcp list shows them")
		}
		return left, nil
	})
}

func (s Server) named(other Server) bool { return other.Name == s.Name }

func (s Server) check() error {
	foreign := func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-", r)
	}
	if s.Name == "" || len(s.Name) > maxName || strings.ContainsFunc(s.Name, foreign) {
		return fault.New(fault.Invalid, "the name of an MCP server has 1 to %d small letters, digits and -; %.40q has not", maxName, s.Name).WithField("name")
	}
	if (s.Command == "") == (s.URL == "") {
		return fault.New(fault.Invalid, "an MCP server is either a command or an address").WithField("command").
			WithRemedy("kai mcp add NAME --url URL, or kai mcp add NAME -- COMMAND ARGUMENTS")
	}
	if s.URL == "" {
		return nil
	}
	u, err := url.Parse(s.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return fault.New(fault.Invalid, "%.80q is not the address of an MCP server", s.URL).WithField("url").
			WithRemedy("write it like https://example.org/mcp, and a key with --header")
	}
	return nil
}
