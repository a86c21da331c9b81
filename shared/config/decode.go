package config

import (
	"reflect"
	"strconv"
)

// decode stores a tree whose shape was checked into a struct.
func decode(n *Node, out any) {
	store(n, reflect.ValueOf(out).Elem())
}

// store writes one node into one Go value.
func store(n *Node, v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(n.Text == "true")
	case reflect.Int:
		i, _ := strconv.ParseInt(n.Text, 10, 32) // the shape check parsed it already
		v.SetInt(i)
	case reflect.Float64:
		f, _ := strconv.ParseFloat(n.Text, 64) // and this, too
		v.SetFloat(f)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		store(n, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items)))
		for i, item := range n.Items {
			store(item, v.Index(i))
		}
	case reflect.Struct:
		storeFields(n, v)
	default:
		v.SetString(n.Text)
	}
}

// storeFields writes an object's members into a struct.
func storeFields(n *Node, v reflect.Value) {
	for i := range v.NumField() {
		if m := n.member(fieldOf(v.Type().Field(i), "").Path); m != nil && m.Value.Kind != Null {
			store(m.Value, v.Field(i))
		}
	}
}

// checkTags reports values outside their enum, min and max, in a whole configuration.
func checkTags(c any, r *report) {
	checkStruct(reflect.ValueOf(c), "", r)
}

// checkStruct checks the fields of one struct.
func checkStruct(v reflect.Value, under string, r *report) {
	for i := range v.NumField() {
		f := fieldOf(v.Type().Field(i), under)
		checkValue(v.Field(i), f, r)
	}
}

// checkValue checks one value and what is in it.
func checkValue(v reflect.Value, f Field, r *report) {
	switch v.Kind() {
	case reflect.String:
		checkWord(v.String(), f, r)
	case reflect.Int:
		checkRange(float64(v.Int()), f, r)
	case reflect.Float64:
		checkRange(v.Float(), f, r)
	case reflect.Pointer:
		if !v.IsNil() {
			checkValue(v.Elem(), f, r)
		}
	case reflect.Struct:
		checkStruct(v, f.Path, r)
	case reflect.Slice:
		for i := range v.Len() {
			checkValue(v.Index(i), Field{Path: f.Path + index(i)}, r)
		}
	}
}

// checkRange checks a number against min and max.
func checkRange(n float64, f Field, r *report) {
	if (f.Min != nil && n < float64(*f.Min)) || (f.Max != nil && n > float64(*f.Max)) {
		r.wrong(f.Path, strconv.FormatFloat(n, 'f', -1, 64)+" is out of range", "write "+Expected(f))
	}
}

// checkWord checks text against an enum.
func checkWord(word string, f Field, r *report) {
	if len(f.Enum) == 0 {
		return
	}
	for _, allowed := range f.Enum {
		if word == allowed {
			return
		}
	}
	remedy := "write " + Expected(f)
	if near := Nearest(word, f.Enum); near != "" {
		remedy = "did you mean " + near + "? " + remedy
	}
	r.wrong(f.Path, strconv.Quote(clip(word))+" is not allowed", remedy)
}
