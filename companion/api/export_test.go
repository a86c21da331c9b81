package api

import (
	"github.com/coder/websocket"

	"github.com/kindos/kai/shared/protocol"
)

// Wire lets tests speak the protocol over a WebSocket from the other side.
func Wire(conn *websocket.Conn) protocol.Conn { return &wire{conn: conn} }
