package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"

	"github.com/kindos/kai/shared/fault"
)

// explain says why an exchange with address failed, in words for a person. The address is shown without its path.
func explain(ctx context.Context, err error, address *url.URL) error {
	if ctx.Err() != nil {
		return fault.Wrap(fault.CodeOf(ctx.Err()), err, "the exchange with "+address.Host+" was given up")
	}
	var wrapped *url.Error // its text repeats the whole address
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var refused *fault.Fault
	if errors.As(err, &refused) { // by ourselves, before the connection
		return refused
	}
	if f := unnamed(err, address); f != nil {
		return f
	}
	if f := secured(err, address); f != nil {
		return f
	}
	if f := foreign(err, address); f != nil {
		return f
	}
	return broken(err, address)
}

// unnamed is a host that no name server knows.
func unnamed(err error, address *url.URL) error {
	var dns *net.DNSError
	if !errors.As(err, &dns) {
		return nil
	}
	if dns.IsNotFound {
		return fault.Wrap(fault.Unavailable, err, "there is no computer called "+address.Hostname()).
			WithRemedy("check the address for a typing mistake")
	}
	return fault.Wrap(fault.Unavailable, err, "the name "+address.Hostname()+" could not be looked up").
		WithRemedy("check the connection to the network")
}

// secured is everything that TLS can object to.
func secured(err error, address *url.URL) error {
	var record tls.RecordHeaderError
	if errors.As(err, &record) || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		return fault.Wrap(fault.Malformed, err, "the server at "+address.Host+" does not speak https").
			WithRemedy("write the address with http://")
	}
	var verify *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	if errors.As(err, &verify) || errors.As(err, &unknown) || errors.As(err, &host) {
		return fault.Wrap(fault.Unavailable, err, "the certificate of "+address.Host+" can't be trusted").
			WithRemedy("give the server a certificate that this computer trusts, or reach it by http on a network of your own")
	}
	return nil
}

// foreign is an answer that is not HTTP.
func foreign(err error, address *url.URL) error {
	text := err.Error()
	for _, sign := range []string{"malformed HTTP", "malformed MIME header", "transport connection broken", "server response headers exceeded"} {
		if strings.Contains(text, sign) {
			return fault.Wrap(fault.Malformed, err, "what answers at "+address.Host+" does not speak HTTP").
				WithRemedy("check the port")
		}
	}
	return nil
}

// refusedOnWindows is WSAECONNREFUSED, which is not Windows' syscall.ECONNREFUSED; no other system has that number.
const refusedOnWindows = syscall.Errno(10061)

// broken is a connection that could not be made or did not last.
func broken(err error, address *url.URL) error {
	var network net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, refusedOnWindows):
		return fault.Wrap(fault.Unavailable, err, "nobody listens at "+address.Host)
	case errors.As(err, &network) && network.Timeout():
		return fault.Wrap(fault.Timeout, err, "the computer at "+address.Host+" does not answer").
			WithRemedy("check that it is switched on and reachable, and that no firewall is between")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fault.Wrap(fault.Unavailable, err, "the server at "+address.Host+" closed the connection")
	}
	return fault.Wrap(fault.Unavailable, err, "the server at "+address.Host+" could not be reached")
}
