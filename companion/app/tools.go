package app

import (
	"github.com/kindos/kai/companion/mcpservers"
	"github.com/kindos/kai/companion/sandbox"
	"github.com/kindos/kai/companion/tools"
)

// openTools prepares what models may call. No server is started before its tools are asked for, and no guest loaded before it
// is called.
func (a *App) openTools() {
	a.servers = mcpservers.New(mcpservers.Options{
		Book: mcpservers.BookIn(a.opt.Dir), Vault: a.vault, Version: a.opt.Version, Log: a.log("mcp"), Now: a.opt.Now,
	})
	a.guests = sandbox.NewGuests(sandbox.ShelfIn(a.opt.Dir))
	a.tools = tools.New(a.servers, a.guests)
}
