package rest

import (
	"context"
	"net/http"
	"strconv"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/run"
)

type messagePage struct {
	Conversation string `query:"conversation" required:"true" doc:"The conversation's id." maxLength:"128"`
	Before       string `query:"before" doc:"next of the page after." maxLength:"2048"`
	Limit        int    `query:"limit" doc:"How many at most." minimum:"1" maximum:"500" default:"50"`
}

type retry struct {
	ByID
	Body struct {
		Service string `json:"service,omitempty" doc:"Another service than that of the first try."`
		Model   string `json:"model,omitempty" doc:"Another model than that of the first try."`
		Another bool   `json:"another,omitempty" doc:"The answer stays, and the new one stands beside it."`
	}
}

func (a area) messages() {
	answers[messagePage, assistant.MessagePage](a, operation("Messages", "listMessages", http.MethodGet, "/messages", "Read a conversation's messages: the newest page first, each in reading order"),
		assistant.MethodMessageList, func(in *messagePage) any {
			return assistant.ListMessages{Conversation: in.Conversation, Before: in.Before, Limit: in.Limit}
		})
	op := operation("Messages", "retryMessage", http.MethodPost, "/messages/{id}/retry", "Answer the question of an answer again")
	op.DefaultStatus = http.StatusCreated
	openapi.Handle(a.doc, op, func(ctx context.Context, in *retry) (*begun, error) {
		return a.begin(ctx, assistant.MethodRunRetry, assistant.Retry{ID: in.ID, Service: in.Body.Service, Model: in.Body.Model, Another: in.Body.Another})
	})
}

// pictures are kept first and then named by a run's attachments.
func (a area) pictures() {
	op := operation("Pictures", "addPicture", http.MethodPost, "/pictures", "Keep a picture for a question")
	op.Description = "Its id goes into the attachments of a run: {\"type\": \"image\", \"title\": \"photo.png\", \"blob\": id}. One that no message names soon is deleted again."
	op.DefaultStatus, op.MaxBodyBytes, op.BodyReadTimeout = http.StatusCreated, maxPicture, askTime
	openapi.Handle(a.doc, op, func(ctx context.Context, in *picture) (*reply[assistant.ByID], error) {
		out, err := protocol.Ask[assistant.ByID](ctx, a.methods, assistant.MethodBlobPut, in.Body)
		return &reply[assistant.ByID]{out}, err
	})
	answers[ByID, assistant.Content](a, operation("Pictures", "getPicture", http.MethodGet, "/pictures/{id}", "Read a picture"),
		assistant.MethodBlobGet, func(in *ByID) any { return assistant.ByID{ID: in.ID} })
}

type picture struct{ Body assistant.Content }

// maxPicture bounds the body of a picture in bytes: it is base64.
const maxPicture = assistant.MaxPictureBytes/3*4 + 1024

type send struct{ Body assistant.Send }

// begun tells of an answer that is being made, and where it can be followed.
type begun struct {
	Location string `header:"Location" doc:"The run; its deltas are at /deltas under it."`
	Body     assistant.Sent
}

// running lists runs.
type running struct {
	Runs []assistant.RunRecord `json:"runs"`
}

// follow says from where a run is followed. A browser's EventSource that reconnects says it by Last-Event-ID.
type follow struct {
	ByID
	From int64 `query:"from" doc:"The number of the last delta that is known; 0 for all." minimum:"0"`
	Last int64 `header:"Last-Event-ID" doc:"The same, as an EventSource says it." minimum:"0"`
}

func (a area) runs() {
	const tag = "Runs"
	op := operation(tag, "createRun", http.MethodPost, "/runs", "Ask something: keeps the question and begins its answer")
	op.Description = "Without a conversation a new one begins. Without service and model the usual ones answer."
	op.DefaultStatus, op.MaxBodyBytes, op.BodyReadTimeout = http.StatusCreated, maxAsk, askTime
	openapi.Handle(a.doc, op, func(ctx context.Context, in *send) (*begun, error) {
		in.Body.Tools = false // tools are called in sight of the person alone
		return a.begin(ctx, assistant.MethodMessageSend, in.Body)
	})
	openapi.Handle(a.doc, operation(tag, "listRuns", http.MethodGet, "/runs", "List the answers that are being made"),
		func(ctx context.Context, _ *struct{}) (*reply[running], error) {
			now, err := a.snapshot(ctx)
			return &reply[running]{running{now.Runs}}, err
		})
	op = operation(tag, "followRun", http.MethodGet, "/runs/{id}/deltas", "Follow an answer, from any place in it")
	op.Description = "Deltas that are known already are never sent again. A slow reader gets several as one; n is then the number of the last."
	openapi.Stream(a.doc, op, "An event called delta for each run.Delta, whose id is its n. The last one has a state that has ended.", a.follow)
	does(a, operation(tag, "stopRun", http.MethodPost, "/runs/{id}/stop", "Stop an answer; what had come is kept"),
		assistant.MethodRunStop, func(in *ByID) any { return assistant.ByID{ID: in.ID} })
}

func (a area) begin(ctx context.Context, method string, in any) (*begun, error) {
	sent, err := protocol.Ask[assistant.Sent](ctx, a.methods, method, in)
	return &begun{Location: Base + "/runs/" + sent.Run, Body: sent}, err
}

func (a area) follow(ctx context.Context, in *follow, events *openapi.Events) error {
	from := max(in.From, in.Last)
	err := protocol.Listen(ctx, a.methods, assistant.MethodRunAttach, assistant.Attach{Run: in.ID, From: from}, func(d run.Delta) error {
		return events.Send(strconv.FormatInt(d.N, 10), "delta", d)
	})
	if fault.CodeOf(err) == fault.Canceled && ctx.Err() != nil {
		return fault.Wrap(fault.Unavailable, err, "this kai is stopping, or the session has ended")
	}
	return err
}
