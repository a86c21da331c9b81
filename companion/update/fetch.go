package update

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// What a server may take and give.
const (
	maxProgram   = 512 << 20 // bytes
	maxRedirects = 5
	answerTime   = 30 * time.Second // until the head of an answer is there
	manifestTime = time.Minute
	programTime  = time.Hour
)

// NewClient makes the client of updates: HTTPS only, also where it is sent on to.
func NewClient() *http.Client {
	return &http.Client{
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if r.URL.Scheme != "https" {
				return fault.New(fault.Forbidden, "the server of updates sends on to %s, which is not encrypted", r.URL.Redacted()).
					WithRemedy("nothing was changed; try again later")
			}
			if len(via) > maxRedirects {
				return fault.New(fault.Malformed, "the server of updates sends on more than %d times", maxRedirects).WithRemedy("try again later")
			}
			return nil
		},
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: answerTime}).DialContext,
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: answerTime, ResponseHeaderTimeout: answerTime, MaxResponseHeaderBytes: 64 << 10,
			DisableCompression: true, DisableKeepAlives: true, ForceAttemptHTTP2: true,
		},
	}
}

// get asks for one address, and gives the body of an answer that is 200.
func (u Updater) get(ctx context.Context, address string) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil || r.URL.Scheme != "https" {
		return nil, fault.New(fault.Invalid, "%s is no address of updates", address).WithRemedy("it begins with https://")
	}
	r.Header.Set("User-Agent", "kAI/"+u.Version)
	resp, err := u.Client.Do(r)
	var told *fault.Fault
	switch {
	case errors.As(err, &told):
		return nil, told
	case err != nil:
		return nil, fault.Wrap(fault.Unavailable, err, fmt.Sprintf("the server of updates %s does not answer (%v)", r.URL.Host, errors.Unwrap(err))).
			WithRemedy("nothing was changed; try again later")
	case resp.StatusCode != http.StatusOK:
		_ = resp.Body.Close() // nothing of it is read
		return nil, fault.New(fault.Unavailable, "the server of updates answers %s for %s", resp.Status, r.URL.Redacted()).
			WithRemedy("nothing was changed; try again later")
	}
	return resp.Body, nil
}

// fetch reads a manifest.
func (u Updater) fetch(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, manifestTime)
	defer cancel()
	body, err := u.get(ctx, address)
	if err != nil {
		return nil, err
	}
	defer body.Close()                                           //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(body, MaxManifest+1)) // Parse refuses one that is too long
	if err != nil {
		return nil, brokeOff(err)
	}
	return text, nil
}

// download writes the program of a release to path, on the disk, and demands its digest.
func (u Updater) download(ctx context.Context, m Manifest, path string) error {
	ctx, cancel := context.WithTimeout(ctx, programTime)
	defer cancel()
	body, err := u.get(ctx, m.URL)
	if err != nil {
		return err
	}
	defer body.Close() //nolint:errcheck // it was only read
	out, err := u.create(path)
	if err != nil {
		return unwritable(path, err)
	}
	digest := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, digest), io.LimitReader(body, maxProgram+1))
	if err == nil {
		err = out.Sync()
	}
	err = errors.Join(err, out.Close())
	switch {
	case err != nil:
		return brokeOff(err)
	case n > maxProgram:
		return fault.New(fault.Malformed, "the new program is larger than %d MB", maxProgram>>20).WithRemedy("nothing was changed")
	case hex.EncodeToString(digest.Sum(nil)) != m.SHA256:
		return fault.New(fault.Malformed, "the new program is not the one that was signed: its SHA-256 differs").WithRemedy("nothing was changed; try again later")
	}
	return nil
}

// create makes a file anew, in place of what a killed update left, with the rights of the old program.
func (u Updater) create(path string) (*os.File, error) {
	old, err := os.Stat(u.Program)
	if err := errors.Join(err, gone(path)); err != nil {
		return nil, err
	}
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, old.Mode().Perm()) //nolint:gosec // beside the program
	if err != nil {
		return nil, err
	}
	if err := out.Chmod(old.Mode().Perm()); err != nil { // a service's umask keeps others out, who may run kai
		return nil, errors.Join(err, out.Close())
	}
	return out, nil
}

func brokeOff(err error) error {
	return fault.Wrap(fault.Unavailable, err, "the download of the update broke off").WithRemedy("nothing was changed; try again")
}
