package app

import "context"

// background is work that goes on until it is ended.
type background struct {
	cancel context.CancelFunc
	done   chan struct{}
}

func begin(work func(context.Context)) background {
	ctx, cancel := context.WithCancel(context.Background())
	b := background{cancel, make(chan struct{})}
	go func() { defer close(b.done); work(ctx) }()
	return b
}

// end stops the work and waits for it.
func (b background) end() {
	if b.cancel != nil {
		b.cancel()
		<-b.done
	}
}
