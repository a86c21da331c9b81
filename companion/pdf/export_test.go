package pdf

import "context"

// Opened is PDFium in the process of a test, which judges many files by it.
func Opened(ctx context.Context, folder string) (text func(content []byte, most int) (string, error), done func(), err error) {
	e, err := open(ctx, folder)
	if err != nil {
		return nil, nil, err
	}
	return func(content []byte, most int) (string, error) {
		text, why := e.text(content, most)
		if why != "" {
			return "", why.fault()
		}
		return text, nil
	}, e.close, nil
}

// Said is what kai makes of an answer.
func Said(text []byte) (string, error) { return said(text) }
