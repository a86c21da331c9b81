// Command bench measures the figures that kAI promises, and prints them as one table: ours, what it is compared with,
// the ratio, the limit, and whether it is met.
//
//	go run ./e2e/bench [-rounds 7] [-list] [subject ...]
//
// How it measures. Each subject is set up once; then every round measures ours and its anchor in turn, after one round
// that only warms up, and the table shows medians over the rounds. CPU is the processor time of all the browser's
// processes (Chromium's SystemInfo.getProcessInfo), wall is by the page's own clock. A busy machine stretches wall times
// several-fold: trust ratios, and CPU more than wall. Pages are never polled while a clock runs: they tell by themselves.
//
// It drives what `make build` has built, and exits with 1 when a limit is missed. Broken off with Ctrl-C it prints what it has. Subjects are in subjects.go, one file
// each.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 7, "how often each subject is measured")
	list := flag.Bool("list", false, "say what can be measured, and end")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	all, err := choose(subjects(), flag.Args())
	switch {
	case err != nil:
	case *list:
		describe(os.Stdout, all)
	default:
		err = run(ctx, os.Stdout, all, *rounds)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// choose keeps the subjects that were asked for; all, when none was.
func choose(all []subject, names []string) ([]subject, error) {
	if len(names) == 0 {
		return all, nil
	}
	var chosen []subject
	for _, name := range names {
		at := slices.IndexFunc(all, func(s subject) bool { return s.name == name })
		if at < 0 {
			return nil, fmt.Errorf("there is no subject %q; -list tells which there are", name)
		}
		chosen = append(chosen, all[at])
	}
	return chosen, nil
}

func describe(w io.Writer, all []subject) {
	for _, s := range all {
		fmt.Fprintf(w, "%-10s %s\n", s.name, s.about)
	}
}

// run measures the subjects one after the other and prints the table. It fails when one is broken or misses a limit.
func run(ctx context.Context, w io.Writer, all []subject, rounds int) error {
	t, wrong := newTable(w), 0
	for _, s := range all {
		m, err := measure(ctx, s, rounds)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", s.name, err)
			wrong++
		}
		for _, f := range s.figures {
			r := settle(f, m.samples[f.name])
			if t.add(f, r); r.judged && !r.met {
				wrong++
			}
		}
	}
	if err := t.flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	if wrong > 0 {
		return fmt.Errorf("%d of the above are not as promised", wrong)
	}
	return nil
}

// measure plays a subject's rounds. What was measured before something broke is kept.
func measure(ctx context.Context, s subject, rounds int) (*meter, error) {
	began := time.Now()
	m, st := newMeter(s.figures), newStage(ctx, s.name)
	err := st.play(func() {
		round := s.open(st)
		if s.steady {
			round(m)
			return
		}
		round(newMeter(s.figures)) // warms up
		for i := range rounds {
			if ctx.Err() != nil {
				st.Fatal(ctx.Err())
			}
			fmt.Fprintf(os.Stderr, "%s: round %d of %d, %s\n", s.name, i+1, rounds, time.Since(began).Round(time.Second))
			round(m)
		}
	})
	return m, err
}
