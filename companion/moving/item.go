package moving

import (
	"encoding/base64"
	"strings"

	"github.com/kindos/kai/shared/record"
)

// The types of items, as readers name them.
const (
	typeRecords  = "records"  // belong together: they come as a whole or not at all
	typePicture  = "picture"  // that messages name
	typeImage    = "image"    // that a service made, for the gallery
	typeDocument = "document" // a text that nobody said, or the file that it is in
	typeService  = "service"
	typeLeft     = "left" // what cannot come
)

// Item is what a reader makes of a part of a file. Which fields there are depends on its Type.
type Item struct {
	Type    string          `json:"type"`
	Records []record.Record `json:"records"`

	Where string `json:"where"`
	What  string `json:"what"` // why something is left: a name of Reason
	N     int    `json:"n"`

	ID         string `json:"id"`
	Kind       string `json:"kind"` // of a service
	Name       string `json:"name"`
	URL        string `json:"url"`
	Key        string `json:"key"` // of a service; never told
	Title      string `json:"title"`
	Source     string `json:"source"`
	Collection string `json:"collection"`
	Hash       string `json:"hash"`
	Prompt     string `json:"prompt"`
	Service    string `json:"service"`
	Created    string `json:"created"`
	Text       string `json:"text"`
	Data       string `json:"data"` // base64, as File
	File       string `json:"file"`
}

// decode gives the bytes of base64, with its padding or without.
func decode(text string) ([]byte, error) {
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(text), "="))
}

// left is an item that says what cannot come.
func left(what, where string) Item { return Item{Type: typeLeft, What: what, Where: where, N: 1} }

// Reason says in words why something cannot come, or what it is. The names are those of the readers, whose words the views have in
// extension/strings.
func Reason(what string) string {
	if words, ok := reasons()[what]; ok {
		return words
	}
	return what
}

func reasons() map[string]string {
	return map[string]string{
		"unknown": "not an export that kAI knows", "unreadable": "the file cannot be read; choose it again", "damaged": "damaged, or locked by a password",
		"bomb": "unpacks to more than any export has", "tooLarge": "larger than 2 GB", "longText": "larger than 4 MB", "tooLong": "too long",
		"cutShort": "end of a message that is too long", "broken": "damaged", "cut": "the file ends before its end; get it again", "empty": "conversation without text",
		"tools": "step of a tool", "pictures": "picture in a message", "largePictures": "picture of more than 8 MB", "wrongPictures": "picture that is no PNG, JPEG or WebP",
		"unreadPictures": "picture that cannot be read", "farPictures": "picture that lies on a server", "images": "picture that was made; the gallery is kai’s", "attachments": "attached file",
		"address": "service without a usable address", "kind": "service of a kind that kAI does not know", "key": "key that is none; enter it in the settings",
		"vaultKey": "key in kai-cd’s vault; “kai vault import” brings it, or enter it in the settings", "headers": "headers of a service", "models": "model without instructions",
		"vault": "old vault; “kai vault import” and this file puts its secrets into the vault of kai", "knowledge": "document; add its file again under Knowledge",
		"documents": "document; documents cannot be kept here", "unread": "document that cannot be read", "newer": "written by a newer version", "noText": "not a text",
		"recordings": "recording", "others": "other file in the zip",
		otherSource: "export of another program than --from says",
	}
}

// What only the command line says.
const otherSource = "otherSource"
