package rest

import (
	"net/http"
	"time"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/record"
)

type page struct {
	Archived bool   `query:"archived" doc:"Those that were put in the archive, instead of the others."`
	Pinned   bool   `query:"pinned" doc:"Only those that are pinned, latest first."`
	Folder   string `query:"folder" doc:"Only those of this folder." maxLength:"128"`
	After    string `query:"after" doc:"next of the page before." maxLength:"2048"`
	Limit    int    `query:"limit" doc:"How many at most." minimum:"1" maximum:"500" default:"50"`
}

type tune struct {
	ByID
	Body struct {
		SystemPrompt *string               `json:"systemPrompt,omitempty" doc:"Instructions for this conversation, instead of those of the settings." maxLength:"32768"`
		Parameters   *assistant.Parameters `json:"parameters,omitempty" doc:"What goes to the model with every question; changed as a whole."`
		Archived     *bool                 `json:"archived,omitempty" doc:"Out of the list, or back in it."`
		Pinned       *bool                 `json:"pinned,omitempty" doc:"Above the others, or back among them."`
		Folder       *string               `json:"folder,omitempty" doc:"The id of its folder; empty: none." maxLength:"128" pattern:"^[^ ]*$"`
	}
}

func (in *tune) asked(now time.Time) assistant.Tune {
	out := assistant.Tune{ID: in.ID, SystemPrompt: in.Body.SystemPrompt, Parameters: in.Body.Parameters, Archived: in.Body.Archived}
	if pinned := in.Body.Pinned; pinned != nil {
		out.Pinned = new(string)
		if *pinned {
			*out.Pinned = record.Time(now)
		}
	}
	if folder := in.Body.Folder; folder != nil {
		out.Shelf = new(string)
		if *folder != "" {
			*out.Shelf = *folder + " "
		}
	}
	return out
}

type rename struct {
	ByID
	Body struct {
		Title string `json:"title" doc:"The new title." maxLength:"200"`
	}
}

type branch struct {
	ByID
	Body struct {
		Message string `json:"message" doc:"A message of the conversation, on the way that is chosen." maxLength:"128"`
	}
}

type search struct {
	Words string `query:"words" required:"true" doc:"All of these words must occur." maxLength:"1024"`
	Limit int    `query:"limit" doc:"How many at most." minimum:"1" maximum:"500" default:"50"`
}

func (a area) conversations() {
	const tag = "Conversations"
	id := func(in *ByID) any { return assistant.ByID{ID: in.ID} }
	answers[page, assistant.ConversationPage](a, operation(tag, "listConversations", http.MethodGet, "/conversations", "List conversations, newest first"),
		assistant.MethodConversationList, func(in *page) any {
			return assistant.ListConversations{Archived: in.Archived, Pinned: in.Pinned, Folder: in.Folder, After: in.After, Limit: in.Limit}
		})
	answers[ByID, assistant.Conversation](a, operation(tag, "getConversation", http.MethodGet, "/conversations/{id}", "Read a conversation"),
		assistant.MethodConversationGet, id)
	answers[rename, assistant.Conversation](a, operation(tag, "renameConversation", http.MethodPut, "/conversations/{id}", "Give a conversation a title"),
		assistant.MethodConversationRename, func(in *rename) any { return assistant.Rename{ID: in.ID, Title: in.Body.Title} })
	answers[tune, assistant.Conversation](a, operation(tag, "tuneConversation", http.MethodPatch, "/conversations/{id}", "Change what holds for one conversation: instructions, parameters, archive, pin, folder"),
		assistant.MethodConversationTune, func(in *tune) any { return in.asked(time.Now()) })
	answers[branch, assistant.Conversation](a, operation(tag, "chooseBranch", http.MethodPut, "/conversations/{id}/branch", "Choose among messages that stand beside each other"),
		assistant.MethodConversationBranch, func(in *branch) any { return assistant.ChooseBranch{ID: in.ID, Message: in.Body.Message} })
	answers[ByID, assistant.Conversation](a, operation(tag, "deleteConversation", http.MethodDelete, "/conversations/{id}", "Put a conversation in the trash"),
		assistant.MethodConversationDelete, id)
	answers[ByID, assistant.Conversation](a, operation(tag, "restoreConversation", http.MethodPost, "/conversations/{id}/restore", "Take a conversation out of the trash"),
		assistant.MethodConversationRestore, id)
	answers[search, assistant.Found](a, operation(tag, "search", http.MethodGet, "/search", "Search titles and messages"),
		assistant.MethodSearch, func(in *search) any { return assistant.Search{Words: in.Words, Limit: in.Limit} })
}
