package harness

import "context"

// DevTools is the browser's context, for commands that the harness has no word for.
func (c *Chromium) DevTools() context.Context { return c.ctx }

// DevTools is the page's context, for commands that the harness has no word for.
func (p *Page) DevTools() context.Context { return p.ctx }
