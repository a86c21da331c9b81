package tool_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/tool"
)

func TestCalculate(t *testing.T) {
	for expression, want := range map[string]string{
		"1":                    "1",
		"0.1 + 0.2":            "0.3",
		"2 + 3 * 4":            "14",
		"(2 + 3) * 4":          "20",
		"-2^2":                 "-4",
		"2^3^2":                "512",
		"2^-1":                 "0.5",
		"7 % 4":                "3",
		"1 - -1":               "2",
		"1e3 + 1000":           "2000",
		".5*4":                 "2",
		"sqrt(2)^2":            "2",
		"round(2.5) + abs(-3)": "6",
		"4 ^ 1.5 + e*0":        "8",
		"2^1000*0":             "0",
		"PI":                   "3.14159265358979",
		"0 * -1":               "0",
		"9007199254740991 - 1": "9007199254740990",
		"10 ^ 6":               "1000000",
		"10 ^ 25":              "1e+25",
	} {
		t.Run(expression, func(t *testing.T) {
			got, err := tool.Calculate(expression)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

func TestWhatCannotBeCalculatedIsSaid(t *testing.T) {
	for expression, message := range map[string]string{
		"":                        "at character 1 a number",
		"1 +":                     "at character 4 a number",
		"1 2":                     "at character 3 an operator",
		"(1":                      "a ) was expected",
		"1/0":                     "division by zero",
		"0/0":                     "no number",
		"8^(1/3)":                 "other than the square",
		"10^400":                  "too large",
		"system(1)":               "one of sqrt",
		"sqrt 2":                  "a ( was expected",
		"1.2.3":                   "at character ",
		"1e":                      "at character ",
		"é":                       "at character ",
		strings.Repeat("(", 100):  "less nesting",
		strings.Repeat("-", 1e3):  "less nesting",
		strings.Repeat("1+", 4e3): "at most 4096 bytes",
		"2 (3)":                   "an operator",
		"1_0":                     "an operator",
	} {
		t.Run(message, func(t *testing.T) {
			_, err := tool.Calculate(expression)
			assert.ErrorContains(t, err, message)
			assert.Equal(t, fault.Invalid, fault.CodeOf(err))
		})
	}
}

func FuzzCalculate(f *testing.F) {
	f.Add("(1 + 2) * -3^2 % sqrt(4e1) / pi")
	f.Add("((((1_0.5e-3")
	f.Fuzz(func(t *testing.T, expression string) {
		got, err := tool.Calculate(expression)
		if err != nil {
			assert.Equal(t, fault.Invalid, fault.CodeOf(err))
			return
		}
		again, err := tool.Calculate(got)
		require.NoError(t, err)
		_, err = strconv.ParseFloat(again, 64)
		assert.NoError(t, err)
	})
}
