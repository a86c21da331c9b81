package queuetest

import (
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
)

// daily is a schedule at 8 in the morning.
func daily() queue.Schedule {
	return queue.Schedule{Name: "morning", When: "0 8 * * *", Kind: "k", Body: []byte(`"morning"`)}
}

func (s *stage) put(p queue.Schedule) queue.Schedule {
	s.Helper()
	out, err := s.q.Put(s.Context(), p)
	require.NoError(s, err)
	return out
}

func (s *stage) schedules() []queue.Schedule {
	s.Helper()
	s.said()
	out, err := s.q.Schedules(s.Context())
	require.NoError(s, err)
	return out
}

// eight is the next time that it is 8 o'clock here, after t.
func eight(t time.Time) time.Time {
	at := time.Date(t.Year(), t.Month(), t.Day(), 8, 0, 0, 0, t.Location())
	if !at.After(t) {
		at = time.Date(t.Year(), t.Month(), t.Day()+1, 8, 0, 0, 0, t.Location())
	}
	return at
}

func scheduled(s *stage) {
	s.open(s.kind("k", nil))
	first := eight(time.Now())
	assert.True(s, first.Equal(s.put(daily()).Next))
	s.pass(time.Until(first) - time.Second)
	assert.Empty(s, s.said())
	s.pass(time.Second)
	assert.Equal(s, []string{"morning"}, s.said())
	now := s.schedules()[0]
	assert.Equal(s, []bool{true, true}, []bool{first.Equal(now.Last), eight(first).Equal(now.Next)})
	task := s.get(now.Task)
	assert.Equal(s, "morning", task.Schedule)
	s.pass(48 * time.Hour)
	assert.Equal(s, []string{"morning", "morning", "morning"}, s.said())
}

func missed(s *stage) {
	s.open(s.kind("k", nil))
	s.put(daily())
	s.shut()
	s.pass(10 * 24 * time.Hour)
	s.open(s.kind("k", nil))
	assert.Equal(s, []string{"morning"}, s.said(), "ten times are missed")
	s.shut()
	s.open(s.kind("k", nil))
	assert.Equal(s, []string{"morning"}, s.said(), "and made up for already")
	s.pass(24 * time.Hour)
	assert.Equal(s, []string{"morning", "morning"}, s.said())
}

func overlapping(s *stage) {
	k, letGo := s.held("k")
	s.openWith(4, k)
	s.put(daily())
	s.pass(5 * 24 * time.Hour)
	assert.Equal(s, []string{"morning"}, s.said(), "it still runs")
	letGo()
	s.pass(24 * time.Hour)
	assert.Equal(s, []string{"morning", "morning"}, s.said())
}

func replaced(s *stage) {
	s.open(s.kind("k", nil))
	s.put(daily())
	other := daily()
	other.When, other.Body = "@hourly", []byte(`"hourly"`)
	s.put(other)
	require.Len(s, s.schedules(), 1)
	task, err := s.q.Fire(s.Context(), "morning")
	require.NoError(s, err)
	assert.Equal(s, []string{"hourly"}, s.said())
	assert.Equal(s, task.ID, s.schedules()[0].Task)
	s.pass(time.Hour)
	assert.Equal(s, []string{"hourly", "hourly"}, s.said())
	require.NoError(s, s.q.Remove(s.Context(), "morning"))
	s.pass(48 * time.Hour)
	assert.Len(s, s.said(), 2)
	assert.Equal(s, queue.Done, s.get(task.ID).State, "what it added stays")
}

func wrongSchedules(s *stage) {
	s.open(s.kind("k", nil))
	for name, change := range map[string]func(*queue.Schedule){
		"no name":         func(p *queue.Schedule) { p.Name = "" },
		"a wrong name":    func(p *queue.Schedule) { p.Name = "Every Morning" },
		"no times":        func(p *queue.Schedule) { p.When = "" },
		"wrong times":     func(p *queue.Schedule) { p.When = "0 25 * * *" },
		"no body":         func(p *queue.Schedule) { p.Body = []byte(`{`) },
		"an unknown kind": func(p *queue.Schedule) { p.Kind = "other" },
	} {
		p := daily()
		change(&p)
		_, err := s.q.Put(s.Context(), p)
		assert.Contains(s, []fault.Code{fault.Invalid, fault.Unsupported}, fault.CodeOf(err), name)
		assert.NotEmpty(s, fault.Public(err).Field, name)
	}
	assert.Empty(s, s.schedules())
}
