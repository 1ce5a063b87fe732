"""Targets as people have them, and the URL that each means: one module for each kind of them.

A form is *exact* if it means one URL, whoever types it: every command may use it. All others leave a choice, such as
the scheme or the name of the login. Commands that read use the likely URL and say so. Commands that write refuse it
and name the URL to type; :mod:`davlock.cli.typed_urls` does that for all of them.

exact:

* schemes of file managers and office programs, and a slash too few or too many: each program reads them so;
* Windows paths with ``@SSL`` or a port: Windows reads them so. Without both it would use http, where the person wrote
  nothing about http: such a path is refused;
* paths on mounts of davfs2 and rclone, and in folders of gvfs and kio-fuse: the mount says the URL;
* pages and links of SharePoint that have the path in them.

a guess:

* a target without a scheme: https; http for this machine, and for port 80. A password goes over http to no other host;
* pages and links of Nextcloud, ownCloud and Infinite Scale: they lack the login, the file or the product.
"""
