package app

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/kindos/kai/companion/chatapi"
)

// chatArea lends the connected services to programs. It is asked for when the API starts, which is after the services.
func (a *App) chatArea(doc huma.API) {
	chatapi.Area(chatapi.Options{Services: a.answering, Gateway: a.gateway, Now: a.opt.Now})(doc)
}
