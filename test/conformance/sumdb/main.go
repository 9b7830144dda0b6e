// Checks a Daybook log with the packages of the Go checksum database, which know nothing of Daybook:
// checkpoint (note.Open), tiles (tlog.TileHashReader), every entry, and proofs made by Daybook.
//
//	sumdb -key VKEY -log URL|DIR [-older DIR] [-proofs DIR] [-entries=false]
//
// The log is laid out as C2SP tlog-tiles says. DIR of -older holds earlier signed checkpoints; DIR of -proofs holds pairs of NAME.entry and
// NAME.tlog-proof, and consistency proofs NAME.consistency: lines "older size", "newer size", then one hash a line. A token for entry
// bundles comes from DAYBOOK_TOKEN. Prints what it checked as JSON; exit status 1 and "step: reason" when anything is wrong.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
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

const tileHeight = 8

type report struct {
	Size        int64 `json:"size"`
	Entries     int64 `json:"entries"`
	Older       int   `json:"older"`
	Inclusion   int   `json:"inclusion"`
	Consistency int   `json:"consistency"`
}

func main() {
	key := flag.String("key", "", "verifier key of the log")
	at := flag.String("log", "", "URL or directory of the log")
	older := flag.String("older", "", "directory of earlier checkpoints")
	proofs := flag.String("proofs", "", "directory of proofs")
	entries := flag.Bool("entries", true, "read every entry")
	flag.Parse()
	found, err := check(*key, source{at: *at}, *older, *proofs, *entries)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		os.Exit(1)
	}
}

func check(key string, log source, older, proofs string, entries bool) (found report, err error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return found, fmt.Errorf("key: %w", err)
	}
	signed, err := log.get("checkpoint")
	if err != nil {
		return found, fmt.Errorf("checkpoint: %w", err)
	}
	tree, err := openCheckpoint(signed, verifier)
	if err != nil {
		return found, fmt.Errorf("checkpoint: %w", err)
	}
	found.Size = tree.N
	hashes := tlog.TileHashReader(tree, log)
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil || root != tree.Hash {
		return found, fmt.Errorf("tiles: the tree does not hash to the signed root (%v)", err)
	}
	if entries {
		if err := checkEntries(tree, log, hashes); err != nil {
			return found, fmt.Errorf("entries: %w", err)
		}
		found.Entries = tree.N
	}
	found.Older, err = each(older, "*", func(file string) error { return checkOlder(file, verifier, tree, hashes) })
	if err != nil {
		return found, fmt.Errorf("older: %w", err)
	}
	found.Inclusion, err = each(proofs, "*.tlog-proof", func(file string) error { return checkProof(file, verifier, tree, hashes) })
	if err != nil {
		return found, fmt.Errorf("inclusion: %w", err)
	}
	found.Consistency, err = each(proofs, "*.consistency", func(file string) error { return checkConsistency(file, tree, hashes) })
	if err != nil {
		return found, fmt.Errorf("consistency: %w", err)
	}
	return found, nil
}

// checkEntries compares every entry with its hash in the tree that TileHashReader has authenticated.
func checkEntries(tree tlog.Tree, log source, hashes tlog.HashReader) error {
	for first := int64(0); first < tree.N; first += 1 << tileHeight {
		width := tree.N - first
		if width > 1<<tileHeight {
			width = 1 << tileHeight
		}
		path := tlog.Tile{H: tileHeight, L: -1, N: first >> tileHeight, W: int(width)}
		data, err := log.get(tilePath(path))
		if err != nil {
			return err
		}
		indexes := make([]int64, width)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
		}
		want, err := hashes.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i := range want {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return fmt.Errorf("entry %d is cut off", first+int64(i))
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			if tlog.RecordHash(data[2:end]) != want[i] {
				return fmt.Errorf("entry %d has another hash", first+int64(i))
			}
			data = data[end:]
		}
		if len(data) > 0 {
			return fmt.Errorf("bundle %d has bytes behind its end", first>>tileHeight)
		}
	}
	return nil
}

func checkOlder(file string, verifier note.Verifier, tree tlog.Tree, hashes tlog.HashReader) error {
	signed, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	old, err := openCheckpoint(signed, verifier)
	if err != nil || old.N == 0 {
		return err
	}
	proof, err := tlog.ProveTree(tree.N, old.N, hashes)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}

// checkProof verifies a proof in C2SP tlog-proof form and compares it with the one that Go makes from the tiles.
func checkProof(file string, verifier note.Verifier, tree tlog.Tree, hashes tlog.HashReader) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(strings.TrimSuffix(file, ".tlog-proof") + ".entry")
	if err != nil {
		return err
	}
	head, signed, ok := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return errors.New("no tlog-proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	proof, err := parseHashes(lines[2:])
	if err != nil {
		return err
	}
	under, err := openCheckpoint([]byte(signed), verifier)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, under.N, under.Hash, index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	if under.N != tree.N {
		return nil
	}
	made, err := tlog.ProveRecord(tree.N, index, hashes)
	if err != nil {
		return err
	}
	return same(made, proof)
}

func checkConsistency(file string, tree tlog.Tree, hashes tlog.HashReader) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) < 2 {
		return errors.New("no consistency proof")
	}
	var sizes [2]int64
	for i := range sizes {
		if sizes[i], err = strconv.ParseInt(lines[i], 10, 64); err != nil {
			return err
		}
	}
	proof, err := parseHashes(lines[2:])
	if err != nil {
		return err
	}
	var roots [2]tlog.Hash
	for i := range roots {
		if roots[i], err = tlog.TreeHash(sizes[i], hashes); err != nil {
			return err
		}
	}
	if err := tlog.CheckTree(proof, sizes[1], roots[1], sizes[0], roots[0]); err != nil {
		return err
	}
	made, err := tlog.ProveTree(sizes[1], sizes[0], hashes)
	if err != nil {
		return err
	}
	return same(made, proof)
}

func openCheckpoint(signed []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("not three lines of this origin")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, line := range lines {
		data, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(data) != tlog.HashSize {
			return nil, fmt.Errorf("%q is no hash", line)
		}
		var hash tlog.Hash
		copy(hash[:], data)
		found = append(found, hash)
	}
	return found, nil
}

func same(a, b []tlog.Hash) error {
	if len(a) != len(b) {
		return errors.New("the proof made here is longer or shorter")
	}
	for i := range a {
		if a[i] != b[i] {
			return errors.New("the proof made here has other hashes")
		}
	}
	return nil
}

func each(dir, pattern string, run func(file string) error) (int, error) {
	if dir == "" {
		return 0, nil
	}
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		if err := run(file); err != nil {
			return 0, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
	}
	return len(files), nil
}

// source is a log behind a URL or in a directory; it is the tlog.TileReader.
type source struct{ at string }

func (s source) Height() int { return tileHeight }

func (s source) SaveTiles([]tlog.Tile, [][]byte) {}

func (s source) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := s.get(tilePath(tile))
		if err != nil {
			return nil, err
		}
		if len(data) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s: wrong width", tilePath(tile))
		}
		all = append(all, data)
	}
	return all, nil
}

// tilePath gives the path of C2SP tlog-tiles, which leaves out the height and calls data entries.
func tilePath(tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight), "tile/", 1)
	return strings.Replace(path, "tile/data/", "tile/entries/", 1)
}

func (s source) get(path string) ([]byte, error) {
	if !strings.HasPrefix(s.at, "http://") && !strings.HasPrefix(s.at, "https://") {
		return os.ReadFile(filepath.Join(s.at, filepath.FromSlash(path)))
	}
	request, err := http.NewRequest("GET", s.at+"/"+path, nil)
	if err != nil {
		return nil, err
	}
	if token := os.Getenv("DAYBOOK_TOKEN"); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return io.ReadAll(response.Body)
}
