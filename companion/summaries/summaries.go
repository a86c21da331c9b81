// Package summaries writes the summaries of what is old in conversations, as tasks of the queue: of kai's own conversations, and of
// those that a browser keeps and sends along.
//
// What is to be summed up, and how far that is, stands in a file for each writing, so that the queue and its lists hold none of a
// conversation's words; it goes when the summary is where it belongs. No key of a service is written: one of a browser's is in memory
// until kai ends. Imports companion/{datadir,queue} and shared/{assistant,fault,protocol,service}.
package summaries

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/service"
)

// Kind is the kind of the tasks.
const Kind = "summarise"

const (
	tries     = 4 // the person may have left: a model server that is away for a moment costs no summary
	pause     = 2 * time.Second
	longest   = 2 * time.Hour
	keptFor   = 7 * 24 * time.Hour // a summary that nobody fetches, or that was given up
	lookEvery = 200 * time.Millisecond
	maxJob    = 32 << 20
	maxSheets = 200
)

// Options are what a Keeper stands on.
type Options struct {
	Dir     string // of the files
	Queue   func() (queue.Queue, error)
	Gateway service.Gateway
	Spec    func(ctx context.Context, id string) (service.Spec, error)                         // of a service of kai's own conversations
	Keep    func(ctx context.Context, conversation, id string, end assistant.SummaryEnd) error // gives one of them its summary
	Now     func() time.Time
}

// Keeper keeps the writings. Its methods are safe for concurrent use.
type Keeper struct {
	opt  Options
	mu   sync.Mutex // guards the files and keys
	keys map[string]service.Secret
}

// New prepares a Keeper.
func New(opt Options) *Keeper { return &Keeper{opt: opt, keys: map[string]service.Secret{}} }

// sheet is the file of a writing.
type sheet struct {
	Task  int64                `json:"task"`
	Own   bool                 `json:"own"` // of a conversation of kai's own
	Keyed bool                 `json:"keyed"`
	Job   assistant.SummaryJob `json:"job"` // without the key
}

// whole says that nothing is left to read: the notes are the summary.
func (s sheet) whole() bool { return len(s.Job.Messages) == 0 }

// body is that of a task.
type body struct {
	Writing string `json:"writing"`
}

func (k *Keeper) file(id string) string {
	sum := sha256.Sum256([]byte(id))
	return filepath.Join(k.opt.Dir, hex.EncodeToString(sum[:16])+".json")
}

// read gives a sheet; fault.NotFound. The caller holds mu.
func (k *Keeper) read(id string) (s sheet, err error) {
	text, err := os.ReadFile(k.file(id))
	if errors.Is(err, fs.ErrNotExist) {
		return s, fault.New(fault.NotFound, "there is no such summary in the making").WithField("id").WithRemedy("begin it anew")
	}
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return s, fault.Wrap(fault.Internal, err, "reading what is to be summed up")
	}
	return s, nil
}

func (k *Keeper) write(s sheet) error {
	text, err := json.Marshal(s)
	if err == nil {
		err = os.MkdirAll(k.opt.Dir, 0o700)
	}
	if err == nil {
		err = datadir.Replace(k.file(s.Job.ID), text)
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "keeping what is to be summed up")
	}
	return nil
}

// begin adds the task of a writing; one that was given up is begun again, with the job as it is now.
func (k *Keeper) begin(ctx context.Context, own bool, job assistant.SummaryJob) (err error) {
	if err := check(job); err != nil {
		return err
	}
	q, err := k.opt.Queue()
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !own && job.Service.Key != "" {
		k.keys[job.ID] = job.Service.Key
	}
	s := sheet{Own: own, Keyed: !own && job.Service.Key != "", Job: job}
	s.Job.Service.Key = ""
	var known queue.Task
	switch old, err := k.read(job.ID); {
	case err == nil && old.whole() && !own:
		return nil
	case err == nil && old.Task > 0:
		s.Task = old.Task
		if known, err = q.Get(ctx, old.Task); err != nil {
			s.Task = 0 // it was swept
		} else if known.State == queue.Waiting || known.State == queue.Running {
			return nil
		}
	case err != nil && fault.CodeOf(err) != fault.NotFound:
		return err
	case err != nil:
		if err := k.room(); err != nil {
			return err
		}
	}
	if err := k.write(s); err != nil {
		return err
	}
	if s.Task > 0 {
		_, err = q.Retry(ctx, s.Task)
		return err
	}
	text, err := json.Marshal(body{job.ID})
	if err != nil {
		return err
	}
	added, err := q.Add(ctx, queue.Spec{Kind: Kind, Body: text})
	if err != nil {
		return err
	}
	s.Task = added[0].ID // it waits for mu before it reads the sheet
	return k.write(s)
}

func check(job assistant.SummaryJob) error {
	size := len(job.Notes)
	for _, m := range job.Messages {
		size += len(m)
	}
	switch {
	case job.ID == "" || len(job.ID) > 128:
		return fault.New(fault.Invalid, "a summary has an id of at most 128 characters").WithField("id")
	case len(job.Messages) == 0 || job.Model == "":
		return fault.New(fault.Invalid, "there is nothing to sum up").WithField("messages")
	case size > maxJob:
		return fault.New(fault.Exhausted, "at most %d MB are summed up", maxJob>>20).WithField("messages").WithRemedy("begin a new conversation")
	}
	return nil
}

// room refuses more files than anybody has in use.
func (k *Keeper) room() error {
	files, err := os.ReadDir(k.opt.Dir)
	if err == nil && len(files) >= maxSheets {
		return fault.New(fault.Exhausted, "%d summaries are being written or wait to be fetched", len(files)).
			WithRemedy("stop some (kai tasks list --kind %s), or wait: they are removed after a week", Kind)
	}
	return nil
}

// Sweep removes what was not touched for a week.
func (k *Keeper) Sweep() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	files, err := os.ReadDir(k.opt.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, f := range files {
		if info, e := f.Info(); e == nil && k.opt.Now().Sub(info.ModTime()) > keptFor {
			err = errors.Join(err, os.Remove(filepath.Join(k.opt.Dir, f.Name())))
		}
	}
	return err
}

// Clear ends and forgets all of them.
func (k *Keeper) Clear(ctx context.Context) error {
	q, err := k.opt.Queue()
	if err == nil {
		err = q.Forget(ctx, Kind)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.keys)
	return errors.Join(err, os.RemoveAll(k.opt.Dir))
}

// Methods answer a browser, for conversations that it keeps.
func (k *Keeper) Methods() protocol.Mux { return k.methods(false) }

// Own answers the assistant of this kai.
func (k *Keeper) Own() *Caller { return &Caller{k.methods(true)} }

func (k *Keeper) methods(own bool) protocol.Mux {
	return protocol.Mux{
		assistant.SummaryWrite: func(ctx context.Context, r *protocol.Request) (any, error) {
			var job assistant.SummaryJob
			err := r.Decode(&job)
			if err == nil && job.Conversation != "" {
				err = k.begin(ctx, own, job)
			}
			if err != nil {
				return nil, err
			}
			return k.follow(ctx, job.ID, func(p service.Progress) error { return r.Emit(ctx, p) })
		},
		assistant.SummaryForget: protocol.Answer(k.forget),
	}
}
