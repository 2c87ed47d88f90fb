// A reader of the custody log that shares no code with it: everything that is hashed or verified here is done by
// Go's golang.org/x/mod/sumdb/tlog and sumdb/note. Our part is only to fetch and to print.
//
//	main vectors                                   known answers as JSON, from a fixed seed
//	main walk FOLDER|URL VKEY OLD_SIZE             opens the checkpoint, checks every entry and the growth from OLD_SIZE
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// place is where a log is read from: a folder, or a prefix that is fetched.
type place string

func (p place) get(path string) ([]byte, error) {
	if !strings.HasPrefix(string(p), "http://") {
		return os.ReadFile(filepath.Join(string(p), filepath.FromSlash(path)))
	}
	answer, err := http.Get(string(p) + "/" + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// Go's own log names the height in the path and C2SP tlog-tiles does not; records are called entries there.
func c2sp(t tlog.Tile) string {
	path := strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/", height))
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

func (p place) Height() int { return height }

func (p place) SaveTiles([]tlog.Tile, [][]byte) {}

func (p place) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		data, err := p.get(c2sp(t))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func walk(p place, vkey string, old int64) {
	verifier, err := note.NewVerifier(vkey)
	must(err)
	signed, err := p.get("checkpoint")
	must(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, p)

	checked := int64(0)
	for checked < size {
		width := size - checked
		if width > 1<<height {
			width = 1 << height
		}
		bundle, err := p.get(c2sp(tlog.Tile{H: height, L: -1, N: checked >> height, W: int(width)}))
		must(err)
		for ; width > 0; width-- {
			length := binary.BigEndian.Uint16(bundle)
			entry := bundle[2 : 2+length]
			bundle = bundle[2+length:]
			proof, err := tlog.ProveRecord(size, checked, reader)
			must(err)
			must(tlog.CheckRecord(proof, size, root, checked, tlog.RecordHash(entry)))
			checked++
		}
		if len(bundle) != 0 {
			must(fmt.Errorf("%d bytes behind entry %d", len(bundle), checked))
		}
	}
	if old > 0 {
		oldRoot, err := tlog.TreeHash(old, reader)
		must(err)
		proof, err := tlog.ProveTree(size, old, reader)
		must(err)
		must(tlog.CheckTree(proof, size, root, old, oldRoot))
		fmt.Printf("%s %d %d %s %s\n", lines[0], size, checked, root, oldRoot)
		return
	}
	fmt.Printf("%s %d %d %s\n", lines[0], size, checked, root)
}

type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, i := range indexes {
		found = append(found, m[i])
	}
	return found, nil
}

type proofVector struct {
	Index int64    `json:"index"`
	Size  int64    `json:"size"`
	Path  []string `json:"path"`
}

type noteVector struct {
	Seed string `json:"seed"`
	Name string `json:"name"`
	Vkey string `json:"vkey"`
	Text string `json:"text"`
	Note string `json:"note"`
}

func texts(hashes []tlog.Hash) []string {
	all := []string{}
	for _, h := range hashes {
		all = append(all, h.String())
	}
	return all
}

func aNote(seedText, name, text string) noteVector {
	seed := sha256.Sum256([]byte(seedText))
	public := ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)
	vkey, err := note.NewEd25519VerifierKey(name, public)
	must(err)
	hash := strings.Split(vkey, "+")[1]
	private := base64.StdEncoding.EncodeToString(append([]byte{1}, seed[:]...))
	signer, err := note.NewSigner("PRIVATE+KEY+" + name + "+" + hash + "+" + private)
	must(err)
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	must(err)
	return noteVector{hex.EncodeToString(seed[:]), name, vkey, text, string(signed)}
}

func vectors() {
	const last = 1300
	var stored memory
	roots := map[string]string{}
	for n := int64(0); n < 70000; n++ {
		entry := sha256.Sum256([]byte(fmt.Sprintf("entry %d", n)))
		hashes, err := tlog.StoredHashes(n, entry[:], stored)
		must(err)
		stored = append(stored, hashes...)
		size := n + 1
		if size <= 33 || size%256 < 2 && size <= last || size == last || size == 65536 || size == 70000 {
			root, err := tlog.TreeHash(size, stored)
			must(err)
			roots[strconv.FormatInt(size, 10)] = root.String()
		}
	}
	var inclusion, consistency []proofVector
	for _, size := range []int64{1, 2, 3, 7, 8, 255, 256, 257, last, 70000} {
		last := int64(-1)
		for _, index := range []int64{0, 1, 5, size / 3, size/2 + 1, size - 1} {
			if index <= last || index >= size {
				continue
			}
			last = index
			path, err := tlog.ProveRecord(size, index, stored)
			must(err)
			inclusion = append(inclusion, proofVector{index, size, texts(path)})
			if index > 0 {
				path, err := tlog.ProveTree(size, index, stored)
				must(err)
				consistency = append(consistency, proofVector{index, size, texts(path)})
			}
		}
	}
	paths := []string{}
	for _, n := range []int64{0, 7, 999, 1000, 1234067, 999999999} {
		paths = append(paths, c2sp(tlog.Tile{H: height, L: 0, N: n, W: 256}), c2sp(tlog.Tile{H: height, L: 3, N: n, W: 17}),
			c2sp(tlog.Tile{H: height, L: -1, N: n, W: 255}))
	}
	tiles := map[string]string{}
	for _, t := range tlog.NewTiles(height, last-1, last) {
		data, err := tlog.ReadTileData(t, stored)
		must(err)
		sum := sha256.Sum256(data)
		tiles[c2sp(t)] = hex.EncodeToString(sum[:])
	}
	notes := []noteVector{
		aNote("seed one", "casquillo/0198c0de-0000-7000-8000-000000000001", "casquillo/0198c0de-0000-7000-8000-000000000001\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"),
		aNote("seed two", "example.org/ñandú", "una línea\n\nuna más\n"),
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", " ")
	must(out.Encode(map[string]interface{}{"roots": roots, "inclusion": inclusion, "consistency": consistency,
		"paths": paths, "tiles": tiles, "notes": notes}))
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "vectors" {
		vectors()
		return
	}
	if len(os.Args) != 5 || os.Args[1] != "walk" {
		must(fmt.Errorf("main vectors | main walk FOLDER|URL VKEY OLD_SIZE"))
	}
	old, err := strconv.ParseInt(os.Args[4], 10, 64)
	must(err)
	walk(place(os.Args[2]), os.Args[3], old)
}
