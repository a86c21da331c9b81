package tool

import (
	"math"
	"strconv"
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// Bounds of one expression.
const (
	maxExpression = 4 << 10
	maxDepth      = 64
)

// Calculate works out an arithmetic expression: + - * / % ^, brackets, roots and rounding. It is exact to 15 digits: 0.1 + 0.2
// is 0.3.
func Calculate(expression string) (string, error) {
	p := parser{text: expression}
	if len(expression) > maxExpression {
		return "", fault.New(fault.Invalid, "an expression has at most %d bytes", maxExpression)
	}
	value := p.operation(0)
	if p.wrong == "" && p.peek() != 0 {
		p.wrong = "an operator"
	}
	switch {
	case p.wrong != "":
		return "", fault.New(fault.Invalid, "at character %d %s was expected", p.at+1, p.wrong).WithRemedy("write something like (3 + 4) * 2^10")
	case value-value != 0:
		return "", fault.New(fault.Invalid, "the result is no number: a division by zero, too large, or a root other than the square")
	}
	value = rounded(value)
	format := byte('f')
	if size := math.Abs(value); size != 0 && (size < 1e-6 || size >= 1e21) {
		format = 'g'
	}
	return strconv.FormatFloat(value, format, -1, 64), nil
}

// rounded takes off the digits that binary fractions cannot hold.
func rounded(value float64) float64 {
	if value == math.Trunc(value) && math.Abs(value) < 1<<53 {
		return value + 0 // no negative zero
	}
	short, err := strconv.ParseFloat(strconv.FormatFloat(value, 'g', 15, 64), 64)
	if err != nil {
		return value
	}
	return short
}

// parser reads an expression from left to right. Where something was wrong it stops.
type parser struct {
	text  string
	at    int
	depth int
	wrong string // what was expected instead
}

// peek is the next byte that is not blank; 0 at the end.
func (p *parser) peek() byte {
	for p.at < len(p.text) && p.text[p.at] <= ' ' {
		p.at++
	}
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

// binding is how close an operator binds; 0 for what is none.
func binding(operator byte) int {
	switch operator {
	case '+', '-':
		return 1
	case '*', '/', '%':
		return 2
	case '^':
		return 4
	}
	return 0
}

// operation reads a value and all operators behind it that bind closer than least. A sign binds closer than *, and less than
// ^: -2^2 is -4.
func (p *parser) operation(least int) float64 {
	if p.depth++; p.depth > maxDepth {
		p.wrong = "less nesting"
		return 0
	}
	left := p.value()
	for {
		operator := p.peek()
		binds := binding(operator)
		if binds <= least || p.wrong != "" {
			p.depth--
			return left
		}
		p.at++
		if operator == '^' {
			left = power(left, p.operation(binds-1)) // from the right
			continue
		}
		right := p.operation(binds)
		switch operator {
		case '+':
			left += right
		case '-':
			left -= right
		case '*':
			left *= right
		case '/':
			left /= right
		default:
			left -= right * math.Trunc(left/right)
		}
	}
}

// value is a number, a sign and what it is for, a bracket, a constant, or a function and its bracket.
func (p *parser) value() float64 {
	switch next := p.peek(); next {
	case '-', '+':
		p.at++
		value := p.operation(3)
		if next == '-' {
			value = -value
		}
		return value
	case '(':
		p.at++
		value := p.operation(0)
		if p.wrong == "" && p.peek() != ')' {
			p.wrong = "a )"
		}
		p.at = min(p.at+1, len(p.text))
		return value
	}
	start := p.at
	for p.at < len(p.text) && inWord(p.text[p.at], p.text[start:p.at]) {
		p.at++
	}
	word := p.text[start:p.at]
	if value, err := strconv.ParseFloat(word, 64); err == nil {
		return value
	}
	return p.named(start, strings.ToLower(word))
}

// inWord says whether a byte goes on a number or a name; a sign does, after the e of a number.
func inWord(b byte, before string) bool {
	if (b == '+' || b == '-') && len(before) > 1 && before[0] < 'A' {
		return before[len(before)-1]|0x20 == 'e'
	}
	return b == '.' || b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z'
}

func (p *parser) named(start int, name string) float64 {
	switch name {
	case "pi":
		return math.Pi
	case "e":
		return math.E
	case "sqrt", "abs", "floor", "ceil", "round":
	default:
		p.at, p.wrong = start, "a number, pi, e, or one of sqrt abs round floor ceil"
		return 0
	}
	if p.peek() != '(' {
		p.wrong = "a ("
		return 0
	}
	value := p.value()
	switch name {
	case "sqrt":
		return math.Sqrt(value)
	case "abs":
		return math.Abs(value)
	case "floor":
		return math.Floor(value)
	case "ceil":
		return math.Ceil(value)
	}
	return math.Copysign(math.Floor(math.Abs(value)+0.5), value)
}

// power raises to a whole power, or half of one.
func power(base, exponent float64) float64 {
	whole := math.Floor(math.Abs(exponent))
	out := 1.0
	switch math.Abs(exponent) - whole {
	case 0:
	case 0.5:
		out = math.Sqrt(base)
	default:
		return math.NaN()
	}
	for n := int64(min(whole, 1<<40)); n > 0; n >>= 1 {
		if n&1 == 1 {
			out *= base
		}
		base *= base
	}
	if exponent < 0 {
		return 1 / out
	}
	return out
}
