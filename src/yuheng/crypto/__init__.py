"""National cryptography (国密) for Yuheng: SM3 hashing and tokens, SM4 fields and files, keys, masking.

Keys are always arguments; nothing here reads settings or the environment.
"""

from yuheng.crypto.field import FieldCipher
from yuheng.crypto.files import Sealed, decrypt_file, encrypt_file, open_encrypted
from yuheng.crypto.hashing import Sm3, hmac_sm3, same, sm3
from yuheng.crypto.keys import KeyRing, new_key, new_master
from yuheng.crypto.masking import mask_address, mask_id, mask_name, mask_phone, mask_sql
from yuheng.crypto.token import Tokeniser

__all__ = [
    "FieldCipher",
    "KeyRing",
    "Sealed",
    "Sm3",
    "Tokeniser",
    "decrypt_file",
    "encrypt_file",
    "hmac_sm3",
    "mask_address",
    "mask_id",
    "mask_name",
    "mask_phone",
    "mask_sql",
    "new_key",
    "new_master",
    "open_encrypted",
    "same",
    "sm3",
]
