// Package queuebench measures kai's queue beside asynq on a real Redis. It is a module of its own, so that asynq and its
// Redis client are nowhere in kai.
package queuebench
