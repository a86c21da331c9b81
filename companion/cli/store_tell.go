package cli

import (
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/kindos/kai/companion/store/upkeep"
)

// progressPause is how often progress is told; work that is done sooner tells none.
const progressPause = time.Second

// progress tells standard error how far long work is.
func (c *commands) progress() upkeep.Progress {
	last := c.Now()
	return func(what string, done, total int64) {
		now := c.Now()
		if now.Sub(last) < progressPause {
			return
		}
		last = now
		if total > 0 {
			what = fmt.Sprintf("%s, %d of %d", what, done, total)
		}
		_, _ = fmt.Fprintf(c.Stderr, "kai: %s\n", what) // nobody reads it: nothing to be done
	}
}

// tellCheck prints a report; damage makes kai exit with 1.
func (c *commands) tellCheck(f *storeFlags, r upkeep.Report) error {
	var said error
	if len(r.Damage) > 0 {
		said = errSaid{exitFailed}
	}
	if f.asJSON {
		return joinSaid(c.printJSON(r), said)
	}
	if said == nil {
		c.print("The record store is sound: %s in %s\n", contents(r.Stats), r.Path)
	} else {
		c.print("The record store is damaged:\n")
		for _, line := range r.Damage {
			c.print("  %s\n", line)
		}
		c.print("Restore a backup with kai store restore; what is there stays aside.\n")
	}
	if len(r.Missing) > 0 {
		c.print("Records name %d blobs that are not kept here.\n", len(r.Missing))
	}
	return said
}

// joinSaid prefers the error of printing.
func joinSaid(err, said error) error {
	if err != nil {
		return err
	}
	return said
}

// contents counts in words.
func contents(s upkeep.Stats) string {
	return fmt.Sprintf("%d records, %d deleted ones, %d blobs, %s", s.Total(), s.Tombstones, s.Blobs, bytesInWords(s.Bytes+s.BlobBytes))
}

func (c *commands) tellStats(f *storeFlags, s upkeep.Stats) error {
	if f.asJSON {
		return c.printJSON(s)
	}
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "file\t%s\nsize\t%s, of which %s are free\nblobs\t%d, %s\n", s.Path, bytesInWords(s.Bytes), bytesInWords(s.Free), s.Blobs, bytesInWords(s.BlobBytes))
	_, _ = fmt.Fprintf(w, "layout\t%d\nchanges\t%d\nrecords\t%d\n", s.Layout, s.Seq, s.Total())
	for _, kind := range slices.Sorted(maps.Keys(s.Records)) {
		_, _ = fmt.Fprintf(w, "  %s\t%d\n", kind, s.Records[kind])
	}
	_, _ = fmt.Fprintf(w, "deleted\t%d\n", s.Tombstones)
	return w.Flush()
}

func (c *commands) tellBackup(f *storeFlags, folder string, m upkeep.Manifest) error {
	var said error
	if len(m.Damaged) > 0 {
		said = errSaid{exitFailed}
	}
	if f.asJSON {
		return joinSaid(c.printJSON(struct {
			Folder string `json:"folder"`
			upkeep.Manifest
		}{folder, m}), said)
	}
	c.print("The backup is made and verified: %s in %s\n", contents(m.Stats), folder)
	if said != nil {
		c.print("%d blobs were damaged before and are not in it; kai store check names them.\n", len(m.Damaged))
	}
	return said
}

func (c *commands) tellCompact(f *storeFlags, gained upkeep.Compacted) error {
	if f.asJSON {
		return c.printJSON(gained)
	}
	c.print("The record store has %s, it had %s. %d blobs that no record named are gone, %s.\n",
		bytesInWords(gained.After), bytesInWords(gained.Before), gained.Blobs, bytesInWords(gained.BlobBytes))
	return nil
}

func (c *commands) tellRestore(f *storeFlags, m upkeep.Manifest, path, aside string) error {
	if f.asJSON {
		return c.printJSON(struct {
			Store  string          `json:"store"`
			Aside  string          `json:"aside,omitempty"`
			Backup upkeep.Manifest `json:"backup"`
		}{path, aside, m})
	}
	c.print("The backup of %s is restored and opens: %s\n", m.Made.Local().Format("2006-01-02 15:04"), contents(m.Stats))
	if aside != "" {
		c.print("What was there before is in %s; delete it when you need it no longer.\n", aside)
	}
	return nil
}

// bytesInWords writes a size for people.
func bytesInWords(n int64) string {
	const step = 1000
	if n < step {
		return fmt.Sprintf("%d bytes", n)
	}
	size, units := float64(n)/step, []string{"kB", "MB", "GB"}
	unit := 0
	for size >= step && unit < len(units)-1 {
		size, unit = size/step, unit+1
	}
	return fmt.Sprintf("%.1f %s", size, units[unit])
}
