package pdf

import "github.com/kindos/kai/shared/fault"

// problem is why a file cannot be read.
type problem string

const (
	damaged  problem = "damaged"
	password problem = "password"
	pictures problem = "pictures" // there is no text
	bomb     problem = "bomb"     // it wants more memory than it may
	slow     problem = "slow"
	long     problem = "long" // too many pages
	failed   problem = "failed"
	unready  problem = "unready" // the engine, not the file
)

// fault says it as the browser does.
func (p problem) fault() *fault.Fault {
	switch p {
	case damaged:
		return fault.New(fault.Malformed, "the file is damaged, or not what its name says")
	case password:
		return fault.New(fault.Malformed, "it is protected by a password").WithRemedy("save it without one")
	case pictures:
		return fault.New(fault.Malformed, "there is no text in it, only pictures").WithRemedy("have an OCR program read it first")
	case bomb:
		return fault.New(fault.Malformed, "it unpacks to more than a document can hold").WithRemedy("split it into parts")
	case slow:
		return fault.New(fault.Malformed, "reading it took longer than a minute").WithRemedy("print it into a new PDF, or add it in parts")
	case long:
		return fault.New(fault.Malformed, "it has more than %d pages", maxPages).WithRemedy("split it into parts")
	case unready:
		return fault.New(fault.Unavailable, "what reads PDF files cannot be made ready")
	default: // failed, and what no process of ours says
		return fault.New(fault.Malformed, "reading it failed").WithRemedy("print it into a new PDF")
	}
}

// brokenOff is failed, with what is known of why.
func brokenOff(err error) *fault.Fault {
	f := failed.fault()
	return fault.Wrap(f.Code, err, f.Message).WithRemedy("%s", f.Remedy)
}
