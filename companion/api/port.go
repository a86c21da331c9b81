package api

import (
	"errors"
	"net"
	"strconv"
	"syscall"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// portsTried is how many ports after a taken one are tried for the advice.
const portsTried = 50

// cannotListen says why the port can't be had, and what to do.
func cannotListen(n config.Networking, err error) error {
	port := strconv.Itoa(n.Port)
	switch {
	case taken(err):
		f := fault.New(fault.Unavailable, "port %s is taken%s", port, holder(n.Port))
		return f.WithField("networking.port").WithRemedy("%s", portAdvice(n))
	case errors.Is(err, syscall.EACCES):
		return fault.New(fault.Unavailable, "this user may not listen on port %s", port).WithField("networking.port").
			WithRemedy("use a port from 1024 on, such as kai run --port 8080")
	default:
		return fault.New(fault.Unavailable, "can't listen on %s: %w", net.JoinHostPort(n.BindAddress, port), err).
			WithField("networking.bindAddress").WithRemedy("write an address of this computer, such as 127.0.0.1")
	}
}

// portAdvice names the next free port, or the way to any.
func portAdvice(n config.Networking) string {
	for port := n.Port + 1; port <= n.Port+portsTried && port <= 65535; port++ {
		listener, err := net.Listen("tcp", net.JoinHostPort(n.BindAddress, strconv.Itoa(port))) //nolint:noctx // returns at once
		if err == nil {
			_ = listener.Close() // it was only asked for
			return "kai run --port " + strconv.Itoa(port) + " is free, or --port 0 takes any"
		}
	}
	return "kai run --port 0 takes any free port"
}
