"""Writes the vaults of the test vectors, by the description in format.go and without its code. Needs `cryptography` >= 44.

The nonces are fixed, which no real vault may do. Run in this folder: python3 vectors.py
"""
import base64, hashlib, json, struct
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

PASSWORD = "correct horse, größer".encode()
SALT = bytes(range(16))
OBJECTS = [
    ("blob.bin", "file", [], "", bytes([0, 255, 10, 13, 128])),
    ("empty", "token", ["a", "b c"], "", b""),
    ("openai", "api_key", ["work"], "OpenAI <& Söhne>", b"sk-test-1234"),
]
MADE = "2026-01-02T03:04:05Z"


def join(fields):
    return b"".join(struct.pack(">I", len(f)) + f for f in fields)


def b64(raw):
    return base64.b64encode(raw).decode()


def vault(kdf, key):
    head = [b"kai-vault", b"2", kdf["name"].encode(), SALT] + [str(kdf.get(k, 0)).encode() for k in ("iterations", "memory_kib", "lanes")]
    bound = lambda purpose, *more: join([purpose, *head, *more])
    box = lambda n, plain, aad: bytes([n]) * 12 + AESGCM(key).encrypt(bytes([n]) * 12, plain, aad)
    check = box(1, b"", bound(b"check"))
    whole, objects = [check], []
    for n, (id, type, tags, name, value) in enumerate(OBJECTS):
        encrypted = box(10 + n, value, bound(b"object", id.encode(), type.encode()))
        whole += [id.encode(), type.encode(), str(len(tags)).encode(), *[t.encode() for t in tags], name.encode(), MADE.encode(), encrypted]
        o = {"id": id, "type": type, "tags": tags, "metadata": {"name": name, "created_at": MADE}, "encrypted": b64(encrypted)}
        if not tags:
            del o["tags"]
        if not name:
            del o["metadata"]["name"]
        objects.append(o)
    seal = box(2, b"", bound(b"seal", *whole))
    total = hashlib.sha256(bound(b"sum", *whole, seal)).hexdigest()
    text = json.dumps({"format": "kai-vault", "version": 2, "kdf": kdf, "check": b64(check), "objects": objects, "seal": b64(seal), "sum": total}, indent=1, ensure_ascii=False)
    for plain, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(plain, escaped)
    return text + "\n"


argon = {"name": "argon2id", "salt": b64(SALT), "iterations": 3, "memory_kib": 65536, "lanes": 4}
pbkdf = {"name": "pbkdf2-sha512", "salt": b64(SALT), "iterations": 200000}
open("argon2id.vault", "w").write(vault(argon, Argon2id(salt=SALT, length=32, iterations=3, lanes=4, memory_cost=65536).derive(PASSWORD)))
open("pbkdf2-sha512.vault", "w").write(vault(pbkdf, PBKDF2HMAC(hashes.SHA512(), 32, SALT, 200000).derive(PASSWORD)))
