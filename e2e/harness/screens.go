package harness

// screen is a size in CSS pixels: the narrowest that is promised, a side panel, a laptop, the same at twice the size of
// everything, the widest that is promised.
type screen struct {
	name          string
	width, height int
}

func screens() []screen {
	return []screen{{"narrow", 320, 640}, {"panel", 420, 800}, {"wide", 1280, 800}, {"zoomed", 640, 400}, {"broad", 1600, 1000}}
}

// Shoot keeps a view in every size and both themes, and checks that nothing sticks out sideways and all of it is accessible.
func (p *Page) Shoot(name string) {
	p.tb.Helper()
	for _, s := range screens() {
		p.Resize(s.width, s.height)
		for _, dark := range []bool{false, true} {
			p.Dark(dark)
			p.Until("no sideways scrolling at "+s.name, "document.documentElement.scrollWidth <= innerWidth")
			theme := "light"
			if dark {
				theme = "dark"
			}
			p.Settle()
			p.Screenshot(name + "-" + s.name + "-" + theme)
			p.Audit(name + " " + s.name + " " + theme)
		}
	}
	p.Dark(false)
}
