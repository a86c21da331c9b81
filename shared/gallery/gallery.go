// Package gallery is what views and kai say to each other about pictures that a service makes: the methods and their types.
//
// Imports shared/fault.
package gallery

import "github.com/kindos/kai/shared/fault"

// Prefix begins the methods, which kai answers, for a browser too.
const Prefix = "images."

// The methods.
const (
	MethodImagesList     = "images.list"     // gallery.ListImages -> gallery.Images
	MethodImagesMake     = "images.make"     // gallery.Recipe -> gallery.Making
	MethodImagesAdd      = "images.add"      // gallery.AddImage -> gallery.Image
	MethodImagesGet      = "images.get"      // ByID -> gallery.Image
	MethodImagesContent  = "images.content"  // ByID (the image's) -> Content
	MethodImagesSet      = "images.set"      // gallery.SetImage -> gallery.Image
	MethodImagesCancel   = "images.cancel"   // gallery.ByTask -> gallery.Making
	MethodImagesRetry    = "images.retry"    // gallery.ByTask -> gallery.Making
	MethodImagesServices = "images.services" // Empty -> gallery.Services

	MethodWorkflowsGet    = "images.workflows.get"    // ByID -> gallery.Workflow
	MethodWorkflowsPut    = "images.workflows.put"    // gallery.Workflow -> gallery.Workflow
	MethodWorkflowsRemove = "images.workflows.remove" // ByID -> gallery.Workflow (as it was)
)

// Recipe says how a picture is made. What is zero or empty is the usual; without a seed one is drawn.
type Recipe struct {
	Service  string  `json:"service,omitempty" maxLength:"32" doc:"Which service makes it: a1111 or comfyui. Without one, the first that is switched on."`
	Prompt   string  `json:"prompt" maxLength:"8192" doc:"What is to be seen."`
	Negative string  `json:"negative,omitempty" maxLength:"8192" doc:"What is not to be seen."`
	Seed     *int64  `json:"seed,omitempty" minimum:"0" maximum:"4294967295" doc:"The same seed makes the same picture again."`
	Steps    int     `json:"steps,omitempty" minimum:"0" maximum:"150"`
	Guidance float64 `json:"guidance,omitempty" minimum:"0" maximum:"30" doc:"How closely the prompt is followed."`
	Sampler  string  `json:"sampler,omitempty" maxLength:"100"`
	Model    string  `json:"model,omitempty" maxLength:"300"`
	Width    int     `json:"width,omitempty" minimum:"0" maximum:"2048" doc:"In pixels, a multiple of 8."`
	Height   int     `json:"height,omitempty" minimum:"0" maximum:"2048" doc:"In pixels, a multiple of 8."`
	From     string  `json:"from,omitempty" maxLength:"128" doc:"The id of the picture that it begins from."`
	Change   float64 `json:"change,omitempty" minimum:"0" maximum:"1" doc:"How much of that picture is made anew: near 0 little, 1 all of it."`
	Workflow string  `json:"workflow,omitempty" maxLength:"128" doc:"The id of the workflow that makes it, where the service has them. Without one, kAI's own."`
}

// Image is the body of an image record: a picture that was made, and how. Its bytes are a blob.
type Image struct {
	ID      string `json:"id"`
	Blob    string `json:"blob" doc:"The name of its bytes, which getPicture gives."`
	Created string `json:"created" doc:"RFC 3339 in UTC."`
	Recipe
	Trashed string `json:"trashed,omitempty"`
}

// State says how far the making of a picture is.
type State string

// The states of a making. One that is whole is an Image, and no making any more.
const (
	Waiting State = "waiting"
	Running State = "running"
	Failed  State = "failed" // Fault says why
	Ended   State = "ended"  // just now: whole, or canceled
)

// Making is a picture that is being made, by a task of kai.
type Making struct {
	Task   int64        `json:"task" doc:"The number of its task."`
	State  State        `json:"state"`
	Done   int64        `json:"done,omitempty" doc:"Of Total; how far it is. While Status is queued, how many the service makes before it."`
	Total  int64        `json:"total,omitempty"`
	Status string       `json:"status,omitempty" doc:"What is being done: painting, queued, or the name of a workflow's node."`
	Fault  *fault.Fault `json:"fault,omitempty"`
	Image  string       `json:"image" doc:"The id that the picture will have."`
	Recipe Recipe       `json:"recipe"`
}

// ListImages asks for a page of at most Limit images; After is Next of the page before.
type ListImages struct {
	After string `json:"after,omitempty"`
	Limit int    `json:"limit,omitempty"` // 1 to 100; 0 is 50
}

// Images is a page of images, newest first, and all that are being made.
type Images struct {
	Images []Image  `json:"images"`
	Making []Making `json:"making"`
	Next   string   `json:"next,omitempty" doc:"What to send as after for the next page; left out on the last one."`
}

// AddImage is a picture that was made elsewhere, as imports bring it. ID is a UUID that is made of what names it there, so that the
// same one is added once; one that is there answers fault.Conflict. Created is RFC 3339.
type AddImage struct {
	ID      string `json:"id"`
	Data    []byte `json:"data"`
	Created string `json:"created"`
	Recipe  Recipe `json:"recipe"`
}

// SetImage removes an image, or takes that back within ten minutes.
type SetImage struct {
	ID      string `json:"id"`
	Removed bool   `json:"removed"`
}

// ByTask names a making.
type ByTask struct {
	Task int64 `json:"task"`
}

// Services are those that make pictures, as far as the configuration switches them on.
type Services struct {
	Services []Service `json:"services"`
}

// Service is one of them. One that does not answer has Fault.
type Service struct {
	Kind      string       `json:"kind"`
	Name      string       `json:"name"`
	Models    []string     `json:"models"`
	Samplers  []string     `json:"samplers"`
	Takes     []string     `json:"takes" doc:"The fields of a recipe that it takes without a workflow."`
	Workflows []Workflow   `json:"workflows,omitzero" doc:"Those that a person gave to kai for it; left out where it does not work by them."`
	Fault     *fault.Fault `json:"fault,omitempty"`
}

// Workflow is the body of a workflow record: how a service that works by them makes a picture, in its own words. A recipe's fields are
// put into it.
type Workflow struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Text  string   `json:"text,omitempty" doc:"The file itself, in the format of the service's API. Lists leave it out."`
	Takes []string `json:"takes" doc:"The fields of a recipe that it has a place for."`
}

// MaxWorkflow is how many bytes the text of one may have.
const MaxWorkflow = 1 << 20

// Wire lists the types that cross to TypeScript.
func Wire() []any {
	return []any{Recipe{}, Image{}, Making{}, ListImages{}, Images{}, AddImage{}, SetImage{}, ByTask{}, Services{}, Workflow{}}
}
