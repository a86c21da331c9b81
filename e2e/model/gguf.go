package model

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
)

// Types of GGUF metadata values (the GGUF specification, version 3).
const (
	ggufUint32  = 4
	ggufInt32   = 5
	ggufFloat32 = 6
	ggufBool    = 7
	ggufString  = 8
	ggufArray   = 9
	ggufAlign   = 32
)

// gguf collects metadata and float32 tensors and writes them as a GGUF v3 file.
type gguf struct {
	meta    bytes.Buffer
	keys    uint64
	info    bytes.Buffer
	data    bytes.Buffer
	tensors uint64
}

func writeInts(b *bytes.Buffer, values ...any) {
	for _, v := range values {
		_ = binary.Write(b, binary.LittleEndian, v) // a bytes.Buffer takes every fixed-size value
	}
}

func writeText(b *bytes.Buffer, text string) {
	writeInts(b, uint64(len(text)))
	b.WriteString(text)
}

// set writes one metadata entry; the value's Go type picks the GGUF type.
func (g *gguf) set(key string, value any) {
	writeText(&g.meta, key)
	g.keys++
	switch v := value.(type) {
	case uint32:
		writeInts(&g.meta, uint32(ggufUint32), v)
	case float32:
		writeInts(&g.meta, uint32(ggufFloat32), v)
	case bool:
		writeInts(&g.meta, uint32(ggufBool), v)
	case string:
		writeInts(&g.meta, uint32(ggufString))
		writeText(&g.meta, v)
	case []string:
		writeInts(&g.meta, uint32(ggufArray), uint32(ggufString), uint64(len(v)))
		for _, s := range v {
			writeText(&g.meta, s)
		}
	case []int32:
		writeInts(&g.meta, uint32(ggufArray), uint32(ggufInt32), uint64(len(v)), v)
	case []float32:
		writeInts(&g.meta, uint32(ggufArray), uint32(ggufFloat32), uint64(len(v)), v)
	default:
		panic(fmt.Sprintf("gguf: no type for %T", value))
	}
}

// tensor adds a float32 tensor; shape is in GGUF order (fastest first).
func (g *gguf) tensor(name string, values []float32, shape ...uint64) {
	writeText(&g.info, name)
	writeInts(&g.info, uint32(len(shape)), shape, uint32(0), uint64(g.data.Len()))
	writeInts(&g.data, values)
	pad(&g.data)
	g.tensors++
}

func pad(b *bytes.Buffer) {
	if over := b.Len() % ggufAlign; over != 0 {
		b.Write(make([]byte, ggufAlign-over))
	}
}

func (g *gguf) write(path string) error {
	var out bytes.Buffer
	out.WriteString("GGUF")
	writeInts(&out, uint32(3), g.tensors, g.keys)
	out.Write(g.meta.Bytes())
	out.Write(g.info.Bytes())
	pad(&out)
	out.Write(g.data.Bytes())
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write the model file: %w", err)
	}
	return nil
}
