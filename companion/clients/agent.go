package clients

import "strings"

// Called is what a browser is called, by what it says of itself. Only words of ours are in it: it says what it likes.
func Called(agent string) string {
	return first(agent, "A browser", [][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}) +
		first(agent, "", [][2]string{{"Android", " on Android"}, {"iPhone", " on an iPhone"}, {"iPad", " on an iPad"}, {"Windows", " on Windows"}, {"Mac OS X", " on a Mac"}, {"Linux", " on Linux"}})
}

func first(text, other string, words [][2]string) string {
	for _, w := range words {
		if strings.Contains(text, w[0]) {
			return w[1]
		}
	}
	return other
}
