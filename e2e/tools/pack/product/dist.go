package product

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func platforms() []target {
	return []target{
		{"darwin", "amd64"}, {"darwin", "arm64"}, {"linux", "amd64"}, {"linux", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"},
	}
}

// Dist makes what is given away: dist/ with both packages, kai for each platform, and SHA256SUMS.
//
// With KAI_UPDATE_KEY and KAI_UPDATE_URL set, these kai update themselves, and dist/updates/ has their signed manifests.
func (p *Product) Dist(ctx context.Context) error {
	var err error
	if p.releases, err = releasesFrom(os.Getenv); err != nil {
		return err
	}
	if err := p.Build(ctx); err != nil {
		return err
	}
	if err := os.RemoveAll(p.path("dist")); err != nil {
		return fmt.Errorf("clearing dist: %w", err)
	}
	files := []string{"kai-" + p.version + "-chrome.zip", "kai-" + p.version + "-firefox.xpi"}
	if err := errors.Join(p.packTo("chrome", files[0]), p.packTo("firefox", files[1])); err != nil {
		return err
	}
	for _, t := range platforms() {
		name := t.file("kai-" + p.version + "-" + t.os + "-" + t.arch)
		if err := p.goBuild(ctx, t, "./companion/cmd/kai", p.path("dist", name)); err != nil {
			return fmt.Errorf("kai for %s/%s: %w", t.os, t.arch, err)
		}
		p.sayf("dist/%s", name)
		files = append(files, name)
		if err := p.offer("kai-"+t.os+"-"+t.arch, name); err != nil {
			return err
		}
	}
	full, err := p.distFull(ctx)
	if err != nil {
		return err
	}
	return p.sums(append(files, full...))
}

func (p *Product) packTo(browser, name string) error {
	text, err := Archive(p.path("build", browser))
	if err != nil {
		return err
	}
	p.sayf("dist/%s", name)
	return writeFile(p.path("dist", name), text)
}

// sums writes SHA256SUMS in the form that sha256sum -c reads.
func (p *Product) sums(files []string) error {
	var lines strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(p.path("dist", name))
		if err != nil {
			return fmt.Errorf("summing: %w", err)
		}
		fmt.Fprintf(&lines, "%x  %s\n", sha256.Sum256(text), name)
	}
	p.sayf("dist/SHA256SUMS")
	return writeFile(filepath.Join(p.path("dist"), "SHA256SUMS"), []byte(lines.String()))
}
