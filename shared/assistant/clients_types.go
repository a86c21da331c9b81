package assistant

// ClientsState is who may use this kai beside its person, and who asks to.
type ClientsState struct {
	Waiting []WaitingClient `json:"waiting"` // the first first
	Clients []Client        `json:"clients"` // by name
}

// WaitingClient is a browser that asks to be let in. Its own page shows the same code.
type WaitingClient struct {
	ID       string `json:"id"`
	Code     string `json:"code"` // six digits
	Name     string `json:"name"`
	Address  string `json:"address"`
	Since    string `json:"since"`              // RFC 3339
	Approved bool   `json:"approved,omitempty"` // it comes in with its next question
}

// Client is a program or a browser that was let in.
type Client struct {
	Name  string `json:"name"`
	Added string `json:"added"` // RFC 3339
}
