"""The folders of the person who runs davlock, for the commands."""

from davlock.own_files.user_folders import config_folder as config_folder
from davlock.own_files.user_folders import data_folder as data_folder
from davlock.own_files.user_folders import home_folder as home_folder
from davlock.own_files.user_folders import state_folder as state_folder
