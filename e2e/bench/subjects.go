package main

// subjects are all that is measured, in the order of the table. A new one is a function in a file of its own.
func subjects() []subject {
	return []subject{
		packages(),
		panel(),
		firstPanel(),
		kaiSync(),
		exchange(),
		tokens(),
		kai(),
		httpAPI(),
		clients(),
		tasks(),
		records(),
		rivals(),
		searching(),
		vectors(),
		conversation(),
		scrolling(),
		typing(),
	}
}
