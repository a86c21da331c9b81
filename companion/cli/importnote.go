package cli

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/moving"
	"github.com/kindos/kai/shared/fault"
)

// noteEvery is how often what came is noted: a command that is killed in the middle leaves an import that can be taken back.
const noteEvery = 2 * time.Second

// importNote is what an import brought.
type importNote struct {
	At    time.Time     `json:"at"`
	Marks []moving.Mark `json:"marks"`

	dir    datadir.Dir
	number string
	last   time.Time
}

// newNote begins the note of an import. It is not written before there is something in it.
func newNote(dir datadir.Dir, now time.Time) *importNote {
	return &importNote{At: now.UTC().Truncate(time.Second), dir: dir}
}

// now writes it, once something has come, if that was not done for a while.
func (n *importNote) now(now time.Time, k *moving.Keeper) error {
	if now.Sub(n.last) < noteEvery {
		return nil
	}
	number, err := n.end(k)
	if number != "" {
		n.last = now
	}
	return err
}

// end writes it, and gives the import's number; none where nothing came.
func (n *importNote) end(k *moving.Keeper) (string, error) {
	if n.Marks = k.Marks(); len(n.Marks) == 0 {
		return "", nil
	}
	if n.number == "" {
		if _, err := n.dir.Make(app.ImportsFolder); err != nil {
			return "", err
		}
		_, last, err := noteNumbers(n.dir)
		if err != nil {
			return "", err
		}
		n.number = strconv.Itoa(1 + last)
	}
	text, err := json.Marshal(n)
	if err != nil {
		return "", err
	}
	return n.number, n.dir.Write(noteFile(n.number), text)
}

func noteFile(number string) string { return app.ImportsFolder + "/" + number + ".json" }

// noteNumbers lists the imports that can be taken back, and gives the last number that was given to one: the notes of those that
// were taken back are empty.
func noteNumbers(dir datadir.Dir) (open []int, last int, err error) {
	entries, err := os.ReadDir(dir.File(app.ImportsFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fault.New(fault.Unavailable, "the notes of imports can't be read: %w", err).WithRemedy("look at %s", dir.File(app.ImportsFolder))
	}
	for _, e := range entries {
		n, err := strconv.Atoi(strings.TrimSuffix(e.Name(), ".json"))
		if err != nil || n <= 0 {
			continue
		}
		last = max(last, n)
		if info, err := e.Info(); err == nil && info.Size() > 0 {
			open = append(open, n)
		}
	}
	slices.Sort(open)
	return open, last, nil
}

// readNote reads what an import brought: that of a number, or the last one.
func readNote(dir datadir.Dir, which string) (n importNote, err error) {
	numbers, _, err := noteNumbers(dir)
	if err != nil {
		return n, err
	}
	number, err := strconv.Atoi(which)
	if which == "last" && len(numbers) > 0 {
		number, err = numbers[len(numbers)-1], nil
	}
	if err != nil && which != "last" {
		return n, fault.New(fault.Invalid, "%q is no number of an import", which).WithField("--undo").WithRemedy("write the number that kai import told, or last")
	}
	if !slices.Contains(numbers, number) {
		return n, fault.New(fault.NotFound, "there is no such import to take back").WithField("--undo").WithRemedy("%s", listedNumbers(numbers))
	}
	n.number = strconv.Itoa(number)
	text, err := os.ReadFile(dir.File(noteFile(n.number)))
	if err == nil {
		err = json.Unmarshal(text, &n)
	}
	if err != nil {
		return n, fault.New(fault.Malformed, "the note of that import can't be read: %w", err).WithRemedy("look at %s", dir.File(noteFile(n.number)))
	}
	return n, nil
}

func listedNumbers(numbers []int) string {
	if len(numbers) == 0 {
		return "import something first"
	}
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = strconv.Itoa(n)
	}
	return "these can be: " + strings.Join(words, ", ")
}

// close empties it: the import was taken back. Its number is not given again.
func (n importNote) close(dir datadir.Dir) error { return dir.Write(noteFile(n.number), nil) }
