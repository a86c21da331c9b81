package chatapi

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"net/http"

	"github.com/kindos/kai/shared/fault"
)

// Embed asks for vectors.
type Embed struct {
	_              struct{} `json:"-" additionalProperties:"true"`
	Model          string   `json:"model" doc:"A model that GET /v1/models lists."`
	Input          Texts    `json:"input" doc:"A text, or some. Numbers of tokens are not taken."`
	EncodingFormat string   `json:"encoding_format,omitempty" enum:"float,base64"`
	Dimensions     int      `json:"dimensions,omitempty" doc:"Not taken: a vector is as long as the model makes it."`
}

// Vectors are vectors.
type Vectors struct {
	Object string   `json:"object" enum:"list"`
	Data   []Vector `json:"data"`
	Model  string   `json:"model"`
	Usage  struct {
		PromptTokens int `json:"prompt_tokens" doc:"Always 0: services do not tell."`
		TotalTokens  int `json:"total_tokens" doc:"Always 0."`
	} `json:"usage"`
}

// Vector is the vector of the text with that index.
type Vector struct {
	Object    string `json:"object" enum:"embedding"`
	Index     int    `json:"index"`
	Embedding any    `json:"embedding" doc:"Numbers; with base64 they are 32-bit floats, little-endian, as text."`
}

// maxTexts bounds how many texts are taken at once, as elsewhere with this API.
const maxTexts = 2048

func (e Embed) check() error {
	switch {
	case len(e.Input) == 0:
		return fault.New(fault.Invalid, "there is no text").WithField("input").WithRemedy("send a text, or some")
	case len(e.Input) > maxTexts:
		return fault.New(fault.Exhausted, "at most %d texts are taken at once", maxTexts).WithField("input").WithRemedy("send fewer at a time")
	case e.Dimensions != 0:
		return unsupported("dimensions", "a vector is as long as the model makes it", "leave it out")
	case e.EncodingFormat != "" && e.EncodingFormat != "float" && e.EncodingFormat != "base64":
		return fault.New(fault.Invalid, "there is no encoding %.40q", e.EncodingFormat).WithField("encoding_format").WithRemedy("write float or base64")
	}
	return nil
}

func (a *area) embed(w http.ResponseWriter, r *http.Request) {
	in, err := decode[Embed](r)
	if err == nil {
		err = in.check()
	}
	if err != nil {
		refuse(w, err)
		return
	}
	from, err := a.directory.find(r.Context(), in.Model)
	if err != nil {
		refuse(w, err)
		return
	}
	vectors, err := a.opt.Gateway.Embed(r.Context(), from.spec, from.model, in.Input)
	if err != nil {
		refuse(w, err)
		return
	}
	out := Vectors{Object: "list", Model: in.Model, Data: make([]Vector, len(vectors))}
	for i, v := range vectors {
		out.Data[i] = Vector{Object: "embedding", Index: i, Embedding: v}
		if in.EncodingFormat == "base64" {
			out.Data[i].Embedding = packed(v)
		}
	}
	answer(w, out)
}

// packed writes 32-bit floats, little-endian, in base64.
func packed(v []float32) string {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, v) // a buffer takes all
	return base64.StdEncoding.EncodeToString(b.Bytes())
}
