package comfyui

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
)

func TestMessagesAreHeardOfOnesOwnJob(t *testing.T) {
	w := workflow{"3": {Class: "KSampler", Meta: meta{"Paint"}}}
	for name, c := range map[string]struct {
		text  string
		want  []service.Progress
		ended bool
		fails bool
	}{
		"a node begins":                  {text: `{"type":"executing","data":{"node":"3","prompt_id":"mine"}}`, want: []service.Progress{{Status: "Paint"}}},
		"how far a node is":              {text: `{"type":"progress","data":{"node":"3","value":5,"max":20,"prompt_id":"mine"}}`, want: []service.Progress{{Status: "Paint", Completed: 25, Total: 100}}},
		"further than its end":           {text: `{"type":"progress","data":{"node":"3","value":21,"max":20,"prompt_id":"mine"}}`},
		"of no steps":                    {text: `{"type":"progress","data":{"node":"3","value":0,"max":0,"prompt_id":"mine"}}`},
		"all nodes have ended":           {text: `{"type":"executing","data":{"node":null,"prompt_id":"mine"}}`, ended: true},
		"success":                        {text: `{"type":"execution_success","data":{"prompt_id":"mine"}}`, ended: true},
		"a node fails":                   {text: `{"type":"execution_error","data":{"prompt_id":"mine","node_id":"3","exception_message":"x"}}`, fails: true},
		"another's node begins":          {text: `{"type":"executing","data":{"node":"3","prompt_id":"other"}}`},
		"another's job has ended":        {text: `{"type":"executing","data":{"node":null,"prompt_id":"other"}}`},
		"another's node fails":           {text: `{"type":"execution_error","data":{"prompt_id":"other","node_id":"3","exception_message":"x"}}`},
		"the node after a reconnect":     {text: `{"type":"executing","data":{"node":"3"}}`},
		"how much there is in the queue": {text: `{"type":"status","data":{"status":{"exec_info":{"queue_remaining":2}},"sid":"x"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			var told []service.Progress
			j := &job{client: New(service.Spec{}, nil, exchange.DefaultLimits()).client, workflow: w, id: "mine", report: func(p service.Progress) { told = append(told, p) }}
			var m message
			if err := json.Unmarshal([]byte(c.text), &m); err != nil {
				t.Fatal(err)
			}
			if err := j.hear(m); (err != nil) != c.fails || j.ended != c.ended || !slices.Equal(told, c.want) {
				t.Errorf("%v, ended %v, told %v", err, j.ended, told)
			}
		})
	}
}
